/**
 * What happened within the latest runs: their steps and waits, each with its beginning and end. They are noted as the stream tells of
 * them and live in memory; what was before the last start is for the ledger to tell.
 */
import type { EngineContext } from '../policies/engine.ts';
import type { Failure } from '../policies/failure.ts';
import { onlyWaits } from '../policies/hold.ts';
import type { Settled } from '../policies/run.ts';
import { stateName } from '../policies/state-name.ts';
import type { Address, CommittedTransition } from '../stream.ts';

export interface RunSpan {
  /** The step, or the state in which the run waited. */
  name: string;
  /** `held`: a step that was kept back, by what the wait after it is for. */
  kind: 'done' | 'failed' | 'held' | 'skipped' | 'wait';
  /** Epoch ms. */
  from: number;
  /** Epoch ms; null while it lasts. */
  to: number | null;
  /** Why it failed or waited; not where it would say again what the one before has said. */
  reason?: string;
  /** Of a step that only the ledger knows: how long it took, ms. Where it stood within the run is not known. */
  lengthMs?: number;
}

/** Most runs and spans of all engines together, and most spans of one. */
const sizeMax = 20_000;
const spansMax = 200;
const waits = /^(held|backoff|refreshing|paused)/;

export class RunSpans {
  /** By engine and run, the oldest first. */
  readonly #runs = new Map<string, RunSpan[]>();
  /** The run that an engine is at. */
  readonly #present = new Map<Address, string>();
  #size = 0;

  /** In the order in which they ended. */
  of(engine: Address, run: string): readonly RunSpan[] {
    return this.#runs.get(keyOf(engine, run)) ?? [];
  }

  take({ address, at, event, facts, from, snapshot }: CommittedTransition): void {
    if (!address.startsWith('engine/')) return;
    const { run, hold, failure } = snapshot.context as unknown as EngineContext;
    const present = this.#present.get(address) ?? run?.id;
    if (present === undefined) return;
    const spans = this.#spansOf(address, present);
    const before = spans.length;
    const state = stateName(snapshot.value);
    const { step, durationMs = 0, error } = event as Told;
    if (state !== stateName(from)) closeLast(spans, at);
    if (event.type === 'step.completed' && step)
      spans.push({ name: step, kind: 'done', from: at - durationMs, to: at });
    if (event.type === 'step.skipped' && step) spans.push({ name: step, kind: 'skipped', from: at, to: at });
    if (error?.step !== undefined && event.type.startsWith('xstate.error.actor.')) {
      const { message: reason, stepMs = 0 } = error;
      spans.push({ name: error.step, kind: onlyWaits(error) ? 'held' : 'failed', from: at - stepMs, to: at, reason });
    }
    if (run && waits.test(state) && state !== stateName(from)) {
      const reason = hold?.reason ?? failure?.message;
      const isNews = reason !== undefined && reason !== spans.at(-1)?.reason;
      spans.push({ name: state, kind: 'wait', from: at, to: null, ...(isNews && { reason }) });
    }
    spans.splice(spansMax);
    this.#size += spans.length - before;
    this.#forget();
    if (run && !(facts as Settled[]).some((entry) => entry.run === run.id)) this.#present.set(address, run.id);
    else this.#present.delete(address);
  }

  #spansOf(engine: Address, run: string): RunSpan[] {
    const key = keyOf(engine, run);
    const known = this.#runs.get(key);
    if (known) return known;
    const spans: RunSpan[] = [];
    this.#runs.set(key, spans);
    this.#size += 1;
    return spans;
  }

  /** The oldest runs, until there is room again. */
  #forget() {
    for (const [key, spans] of this.#runs) {
      if (this.#size <= sizeMax) return;
      this.#runs.delete(key);
      this.#size -= 1 + spans.length;
    }
  }
}

interface Told {
  step?: string;
  durationMs?: number;
  error?: Failure;
}

function closeLast(spans: RunSpan[], at: number) {
  const last = spans.at(-1);
  if (last?.to === null) last.to = at;
}

function keyOf(engine: Address, run: string): string {
  return `${engine} ${run}`;
}
