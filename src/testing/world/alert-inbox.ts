/**
 * The inbox of the person who is alerted, and what they do about it.
 */
import type { Address } from '../../stream.ts';
import type { WorldEvent } from '../invariants/invariant.ts';
import { answer, type Handler } from './network.ts';
import type { WorldClock } from './world-clock.ts';

/** An alert as a channel delivers it. */
export interface Received {
  kind: 'opened' | 'reminder' | 'resolved';
  cause: string;
  severity: 'now' | 'canWait';
  title: string;
  what: string;
  todo: string | null;
}

/** What the person can do. */
export interface Help {
  resume(engine: Address): Promise<void>;
  restoreGrant(token: string): Promise<void>;
  makeRoom(): Promise<void>;
}

/** Decides what is done about an alert that has come at an instant (true time, epoch ms), and after how long; null for nothing. */
export type Person = (
  alert: Received,
  at: number,
) => { afterMs: number; did: string; act: (help: Help) => Promise<void> } | null;

export interface InboxPorts {
  clock: WorldClock;
  person: Person | undefined;
  tell: (event: WorldEvent) => void;
  help: Help;
}

export class AlertInbox {
  readonly #ports: InboxPorts;
  /** Causes about which something is going to be done. */
  readonly #minded = new Set<string>();

  constructor(ports: InboxPorts) {
    this.#ports = ports;
  }

  /** Answers in place of a channel's receiver. */
  handlerOf(channel: string): Handler {
    return (request, at) => {
      const alert = JSON.parse(request.body) as Received;
      const { kind, cause, severity, todo } = alert;
      const key = request.headers.get('idempotency-key') ?? '';
      this.#ports.tell({ type: 'alert', at, channel, key, kind, cause, severity, todo });
      this.#mind(alert, at);
      return answer(200, {});
    };
  }

  #mind(alert: Received, at: number): void {
    const { person, clock, tell, help } = this.#ports;
    if (alert.kind === 'resolved' || this.#minded.has(alert.cause)) return;
    const plan = person?.(alert, at);
    if (!plan) return;
    this.#minded.add(alert.cause);
    clock.atTrue(at + plan.afterMs, () => {
      this.#minded.delete(alert.cause);
      tell({ type: 'person', at: clock.trueNow, did: plan.did, cause: alert.cause });
      void plan.act(help);
    });
  }
}

/** Does what the alert says must be done, half an hour later. */
export const helpfulPerson: Person = ({ cause, severity, todo, what }) => {
  if (severity !== 'now' && todo === null) return null;
  const afterMs = 30 * 60_000;
  const [kind = '', name = ''] = cause.split(/:(.*)/s);
  switch (kind) {
    case 'engine':
      return { afterMs, did: `resumed ${name}`, act: (help) => help.resume(`engine/${name}`) };
    case 'token':
      return { afterMs, did: `gave the grant of ${name} again`, act: (help) => help.restoreGrant(name) };
    case 'store':
      return { afterMs, did: 'made room on the disk', act: (help) => help.makeRoom() };
    default:
      return /disk|space/.test(`${cause} ${what}`)
        ? { afterMs, did: 'made room on the disk', act: (help) => help.makeRoom() }
        : null;
  }
};
