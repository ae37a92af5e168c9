/**
 * Blame: which effects count as cut off by the death of the last process, and which one brought it down.
 */
import { countCutOff, type RestartIntensity } from '../policies/restart-intensity.ts';
import type { Address, Effect } from '../stream.ts';
import type { CurrentEffect } from './current-effect.ts';
import type { Turn } from './trials.ts';

/** What is known of the process before this one. */
export interface LastProcess {
  /** It died without `stop`. */
  crashed: boolean;
  /** Whose turn it was to be alone then; null when nobody's had come. */
  turn: Turn | null;
  /** The effect that is known to have brought it down, and what it fails with. Nobody else is to blame then. */
  culprit: { effect: CurrentEffect; error: Error } | undefined;
}

/** How often an effect counts as cut off by now. */
export function startsOf(
  { crashed, turn, culprit }: LastProcess,
  intensity: RestartIntensity,
  address: Address,
  id: string,
  { ticket, starts }: Effect,
): number {
  if (!crashed || culprit || turn === 'starting') return starts;
  const hadTurn = turn === 'over' || (turn?.address === address && turn.id === id && turn.ticket === ticket);
  return countCutOff(starts, hadTurn, intensity);
}
