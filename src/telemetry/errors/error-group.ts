/**
 * Errors of one signature: when there were how many, whom they hit, and the last of them. Plain JSON.
 */
import { errorPages } from '../../persistence/error-rows.ts';
import type { RowSource } from '../../persistence/row-pages.ts';
import type { EngineContext } from '../../policies/engine.ts';
import { signatureOf } from '../../policies/error-signature.ts';
import type { Failure } from '../../policies/failure.ts';
import { onlyWaits } from '../../policies/hold.ts';
import type { CommittedTransition } from '../../stream.ts';
import { hourMs } from '../metrics/keeper.ts';
import { failureIn } from '../notable.ts';

export interface ErrorGroup {
  /** As in `HTTP_503 shop: the service answered <n>`. */
  signature: string;
  /** The first of all, also when it was long ago, epoch ms. */
  firstAt: number;
  /** Epoch ms. */
  lastAt: number;
  /** How many there were, by the hour: its number since 1970. */
  hours: Record<string, number>;
  /** By address: the first and the last time, epoch ms. At most {@link actorsMax}; more of them are only counted as errors. */
  actors: Record<string, { firstAt: number; lastAt: number }>;
  /** The last one. */
  example: ErrorExample;
}

export interface ErrorExample extends Pick<Failure, 'class' | 'code' | 'message' | 'service' | 'step' | 'place'> {
  /** Whom it hit, as in `engine/youtube`. */
  actor: string;
  run?: string;
  attempt?: number;
  /** Epoch ms. */
  at: number;
}

export const actorsMax = 20;
/** Two weeks are compared, and an hour may be under way. */
export const hoursKept = 15 * 24;
const messageLengthMax = 500;

/** The error that a transition tells of; undefined for none, and for one that only says that somebody waits. */
export function errorIn(transition: CommittedTransition): ErrorExample | undefined {
  const { address, at, snapshot } = transition;
  // What breakers, quotas and heartbeats hear of are the errors of engines, a second time.
  if (!/^(engine|token|incident)\//.test(address)) return undefined;
  const failure = failureIn(transition);
  if (!failure || onlyWaits(failure)) return undefined;
  const { run } = snapshot.context as unknown as Partial<EngineContext>;
  const { class: kind, code, message, service, step, place } = failure;
  return {
    actor: address,
    at,
    class: kind,
    code,
    message: message.length > messageLengthMax ? `${message.slice(0, messageLengthMax - 1)}…` : message,
    ...(run && { run: run.id, attempt: run.attempt }),
    ...(service !== undefined && { service }),
    ...(step !== undefined && { step }),
    ...(place !== undefined && { place }),
  };
}

export function newGroup(example: ErrorExample): ErrorGroup {
  const { at } = example;
  return { signature: signatureOf(example), firstAt: at, lastAt: at, hours: {}, actors: {}, example };
}

/** Counts one more. */
export function addError(group: ErrorGroup, example: ErrorExample): void {
  const { at, actor } = example;
  const hour = Math.floor(at / hourMs);
  group.lastAt = Math.max(group.lastAt, at);
  group.hours[hour] = (group.hours[hour] ?? 0) + 1;
  group.example = example;
  const known = group.actors[actor];
  if (known) known.lastAt = at;
  else if (Object.keys(group.actors).length < actorsMax) group.actors[actor] = { firstAt: at, lastAt: at };
}

/** Lets go of what is older than two weeks; when it was first seen stays known. @param now epoch ms */
export function trimGroup(group: ErrorGroup, now: number): void {
  const before = Math.floor(now / hourMs) - hoursKept;
  for (const hour of Object.keys(group.hours)) if (Number(hour) < before) delete group.hours[hour];
  for (const [actor, { lastAt }] of Object.entries(group.actors)) {
    if (lastAt < before * hourMs) delete group.actors[actor];
  }
}

/** All that are kept. A row that cannot be read is left out: it is no reason to show nothing else. */
export async function readGroups(source: RowSource): Promise<ErrorGroup[]> {
  const groups: ErrorGroup[] = [];
  for await (const rows of errorPages(source)) groups.push(...rows.flatMap(({ json }) => parsed(json) ?? []));
  return groups;
}

function parsed(json: string): ErrorGroup | undefined {
  try {
    const group = JSON.parse(json) as ErrorGroup | null;
    const isWhole =
      typeof group?.signature === 'string' &&
      Number.isFinite(group.firstAt) &&
      Number.isFinite(group.lastAt) &&
      [group.hours, group.actors, group.example].every((part) => typeof part === 'object' && part !== null);
    return isWhole ? group : undefined;
  } catch {
    return undefined;
  }
}
