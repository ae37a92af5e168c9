/**
 * Questions to the service that are asked when a view needs the answer, and commands.
 */
import { signal } from '@preact/signals';

/** Whether this browser may give commands; null until the service has said. */
export const signedIn = signal<boolean | null>(null);
/** Whether there is nothing to see before somebody signs in, as from another machine. */
export const barred = signal(false);
/** Something to say to the reader for a moment. */
export const notice = signal<{ text: string; tone: 'well' | 'bad' } | null>(null);
/** What goes on once somebody has signed in; null while nobody is asked to. */
export const signingIn = signal<{ goOn: () => void } | null>(null);

/** What the service refused to answer; `near` is who may have been meant, as in `engine/youtube`. */
export class Refusal extends Error {
  readonly near: string | null;

  constructor(message: string, near: string | null = null) {
    super(message);
    this.near = near;
  }
}

/** @throws {Refusal} with what the service says; what `fetch` throws, when it says nothing */
export async function ask<Answer>(path: string): Promise<Answer> {
  const answer = await fetch(path, { headers: { accept: 'application/json' } });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(body.error ?? `The service answered ${answer.status}.`, body.near);
  return body;
}

export async function askWhoIsSignedIn(): Promise<void> {
  const nobody = { signedIn: false, isForOperatorAlone: false };
  const answer = await ask<typeof nobody>('/api/session').catch(() => nobody);
  signedIn.value = answer.signedIn;
  barred.value = answer.isForOperatorAlone && !answer.signedIn;
}

/** @returns what is wrong; null when it is the right one */
export async function signIn(token: string): Promise<string | null> {
  const answer = await post('/api/session', { token });
  signedIn.value = answer.ok;
  if (answer.ok) barred.value = false;
  return answer.ok ? null : answer.message;
}

export async function signOut(): Promise<void> {
  const answer = await fetch('/api/session', { method: 'DELETE' }).catch(() => undefined);
  if (answer?.ok) await askWhoIsSignedIn();
  else notice.value = { text: 'The service does not answer: you are still signed in.', tone: 'bad' };
}

/** Gives a command; whoever is not signed in is asked to, and it is given then. Says what became of it. */
export async function give(address: string, type: string, done: string, reason?: string): Promise<void> {
  const [kind = '', ...id] = address.split('/');
  const path = `/api/actors/${kind}/${encodeURIComponent(id.join('/'))}/events`;
  const again = () => give(address, type, done, reason);
  if (signedIn.value === false) {
    signingIn.value = { goOn: again };
    return;
  }
  const { ok, status, message } = await post(path, { type, ...(reason && { reason }) });
  if (status === 401) {
    signedIn.value = false;
    signingIn.value = { goOn: again };
    return;
  }
  notice.value = ok ? { text: done, tone: 'well' } : { text: message, tone: 'bad' };
}

async function post(path: string, body: object): Promise<{ ok: boolean; status: number; message: string }> {
  try {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
    const { error, message } = await answer.json().catch(() => ({}));
    return {
      ok: answer.ok,
      status: answer.status,
      message: error ?? message ?? `The service answered ${answer.status}.`,
    };
  } catch {
    return { ok: false, status: 0, message: 'The service does not answer.' };
  }
}
