/**
 * The history of a world: everything that happened, a line each, and a digest of it all.
 *
 * Two worlds with the same seed have the same history, byte for byte.
 */
import { createHash } from 'node:crypto';
import { stateName } from '../../policies/state-name.ts';
import type { WorldEvent } from '../invariants/invariant.ts';
import { injectionName } from './chaos.ts';

/** What is kept of a history: all of it, a digest that tells it from others, or nothing, which costs nothing. */
export type Keep = 'lines' | 'digest' | 'nothing';

export class History {
  readonly #startedAt: number;
  readonly #keep: Keep;
  readonly #hash = createHash('sha256');
  readonly #lines: string[] = [];
  #pending = '';

  constructor(startedAt: number, keep: Keep) {
    this.#startedAt = startedAt;
    this.#keep = keep;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Tells histories apart, unless nothing is kept of them. */
  digest(): string {
    this.#flush();
    return this.#hash.copy().digest('hex');
  }

  add(event: WorldEvent): void {
    if (this.#keep === 'nothing') return;
    const text = textOf(event);
    if (text !== null) this.note(text, event.at);
  }

  /** @param at true time, epoch ms */
  note(text: string, at: number): void {
    if (this.#keep === 'nothing') return;
    const line = `${clockText(at - this.#startedAt)} ${text}`;
    if (this.#keep === 'lines') this.#lines.push(line);
    this.#pending += `${line}\n`;
    if (this.#pending.length > 65_536) this.#flush();
  }

  #flush(): void {
    this.#hash.update(this.#pending);
    this.#pending = '';
  }
}

/** As in `3d 04:05:06.789`. A `Date` would be the world's own, and costs ten times as much. */
export function clockText(ms: number): string {
  const days = Math.floor(ms / 86_400_000);
  const [hours, minutes, seconds] = [(ms / 3_600_000) % 24, (ms / 60_000) % 60, (ms / 1_000) % 60];
  return `${days}d ${digits(hours, 2)}:${digits(minutes, 2)}:${digits(seconds, 2)}.${digits(ms % 1_000, 3)}`;
}

function digits(number: number, count: number): string {
  return String(Math.floor(number)).padStart(count, '0');
}

function textOf(event: WorldEvent): string | null {
  switch (event.type) {
    case 'process.began':
    case 'process.ready':
      return `${event.type} ${event.life}`;
    case 'process.ended':
      return `${event.type} ${event.life} ${event.how}`;
    case 'fault':
      return `fault ${injectionName(event.injection)}`;
    case 'calm':
      return 'calm';
    case 'transition': {
      const { address, from, snapshot, event: cause } = event.transition;
      return `${address} ${from === undefined ? '' : stateName(from)} → ${stateName(snapshot.value)} (${cause.type})`;
    }
    case 'ledger':
      return `ledger ${event.address} ${JSON.stringify(event.entry)}`;
    case 'committed':
    case 'step.kept':
      return null;
    case 'actor.crashed':
      return `crashed ${event.crash.address} ${String(event.crash.error)}`;
    case 'quarantined':
      return `quarantined ${event.quarantined.address} ${event.quarantined.reason}`;
    case 'call.sent':
      return `call ${event.request.number} → ${event.request.service} ${event.request.method} ${event.request.url.pathname}`;
    case 'call.ended': {
      const { request, status, error, fault } = event.exchange;
      return `call ${request.number} ← ${status ?? error}${fault === undefined ? '' : ` (${fault})`}`;
    }
    case 'offence':
      return `offence ${event.offence}: ${event.request.service} (${event.detail})`;
    case 'run.began':
      return `run ${event.work.run} begins`;
    case 'run.ended':
      return `run ${event.work.run} ends${event.error === undefined ? '' : `: ${event.error}`}`;
    case 'step.began':
      return `step ${event.step.engine} '${event.step.name}' begins`;
    case 'step.ended':
      return `step ${event.step.engine} '${event.step.name}' ends${event.error === undefined ? '' : `: ${event.error}`}`;
    case 'alert':
      return `alert ${event.channel} ${event.kind} ${event.cause}`;
    case 'person':
      return `person ${event.did} (${event.cause})`;
    default:
      return event satisfies never;
  }
}
