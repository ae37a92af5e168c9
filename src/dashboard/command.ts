/**
 * Commands: what a person may send to an actor over HTTP, and what every way to answer it means. Everything else is
 * between the actors and their host.
 */
import { z } from 'zod';
import { type Host, HostError } from '../actors/host.ts';
import { found } from '../config/found.ts';
import { nearest } from '../config/nearest.ts';
import { unended } from '../policies/unended.ts';
import type { Address } from '../stream.ts';
import { viewOf } from './actor-view.ts';

export interface Command {
  type: string;
  /** Why; a breaker keeps it. */
  reason?: string | undefined;
}

export type Outcome = { taken: true } | { taken: false; status: 409 | 503; message: string };

const ofKind: Record<string, readonly string[]> = {
  engine: ['engine.trigger', 'engine.pause', 'engine.resume'],
  breaker: ['breaker.reset', 'breaker.isolate'],
  token: ['token.provided'],
  quota: ['quota.reset'],
  incident: ['incident.acknowledge'],
};
/** Puts an actor that the host gave up back into service. */
const reset = 'actor.reset';
const shape = z.strictObject({ type: z.string(), reason: z.string().max(500).optional() });

/** The command in a body; or what was found, what was expected and the fix. */
export function readCommand(address: Address, body: unknown): Command | string {
  const allowed = [...commandsOf(address), reset];
  const expected = `expected { "type": … } with one of ${allowed.join(', ')}`;
  if (body === undefined) return `found no JSON, ${expected}.`;
  const { success, data, error } = shape.safeParse(body);
  if (!success) return `${expected}, and at most a reason: ${error.issues.map(({ message }) => message).join('; ')}.`;
  if (allowed.includes(data.type)) return data;
  const near = nearest(data.type, allowed);
  return `found the type ${found(data.type)}, ${expected}.${near ? ` Did you mean '${near}'?` : ''}`;
}

function commandsOf(address: Address): readonly string[] {
  return ofKind[address.slice(0, address.indexOf('/'))] ?? [];
}

/** The commands that the actor would take as it stands. */
export function commandsTaken(host: Host, address: Address): string[] {
  if (viewOf(host, address).givenUp) return [reset];
  return commandsOf(address).filter((type) => host.read(address).can({ type } as never));
}

/** Gives the command to the actor. Never waits for a store that takes no writes. */
export async function give(host: Host, address: Address, command: Command): Promise<Outcome> {
  const { state, givenUp } = viewOf(host, address);
  if (command.type === reset && !givenUp) {
    return refused(`${address}: found it ${state}, expected one that was given up: there is nothing to reset.`);
  }
  try {
    const taken = await orStoreTrouble(
      host,
      command.type === reset ? host.reset(address).then(() => true) : host.ask(address, command),
    );
    if (taken === true) return { taken };
    if (taken instanceof Error) return { taken: false, status: 503, message: unkept(taken) };
  } catch (error) {
    if (error instanceof HostError && error.code === 'ACTOR_HALTED') return refused(error.message);
    throw error;
  }
  const { state: now, reason } = viewOf(host, address);
  const takes = commandsTaken(host, address);
  const instead = takes.length > 0 ? ` It takes ${takes.join(', ')}.` : '';
  return refused(
    `${address}: found it ${now}${reason ? ` (${unended(reason)})` : ''}, where it takes no ${command.type}.${instead}`,
  );
}

/** As soon as the store refuses a write, its error: the host itself would wait until the store takes one again. */
async function orStoreTrouble<T>(host: Host, work: Promise<T>): Promise<T | Error> {
  const trouble = Promise.withResolvers<Error>();
  const end = host.inspect({ storeFailing: trouble.resolve });
  try {
    return await Promise.race([work, trouble.promise]);
  } finally {
    end();
  }
}

function unkept({ message }: Error) {
  return `${message} Whether the command is kept shows in \`nightshift status\` once the store works again.`;
}

function refused(message: string): Outcome {
  return { taken: false, status: 409, message };
}
