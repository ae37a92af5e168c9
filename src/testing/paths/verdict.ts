/**
 * The verdict on a path: what the real engine did, held against the forecast, the invariants and what each fault says must hold.
 */
import type { WorldEvent } from '../invariants/invariant.ts';
import { firstDifference, pictureOf, type Wrong } from './picture.ts';
import type { Disturbance } from './plan.ts';
import type { Rehearsed } from './rehearsal.ts';

/** The sequences of states that the charts allow, the likeliest first; chance decides among them. */
export type Predictions = readonly (readonly string[])[];

/** Everything that is wrong with how a path went; empty when nothing is. */
export function problemsOf(
  plan: readonly Disturbance[],
  rehearsed: Rehearsed,
  predictions: Predictions,
  engine: string,
): string[] {
  const { error, isOver, left, states, violations, events } = rehearsed;
  if (error !== undefined) return [`The world broke off: ${(error as Error).message}`];
  return [
    ...(isOver ? [] : [`The run did not end; the engine stood in ${states.at(-1)}.`]),
    ...left.map(({ point, fault }) => `It never came to '${fault.name}' at ${point.label}.`),
    ...(predictions.some((each) => firstDifference(states, each) === undefined)
      ? []
      : [deviation(states, predictions)]),
    ...doneTwice(engine, events),
    ...new Set(violations.map(({ invariant, what }) => `${invariant}: ${what}.`)),
    ...broken(plan, events),
  ];
}

/** What a test prints that fails on a path. */
export interface Findings {
  name: string;
  seed: number;
  problems: readonly string[];
  /** The fewest of its faults with which it still fails. */
  shortest: readonly Disturbance[];
  rehearsed: Rehearsed;
  predictions: Predictions;
  replay: string;
}

const linesMax = 100;

export function messageOf({ name, seed, problems, shortest, rehearsed, predictions, replay }: Findings): string {
  const [predicted = []] = predictions;
  const { states } = rehearsed;
  const faults = shortest.map(({ point, fault }) => `  ${fault.name} at ${point.label} (${point.key})`);
  const lines = linesOfRun(rehearsed);
  const left = lines.length - linesMax;
  return [
    `${name}: ${problems.join(' ')}`,
    '',
    `Seed: ${seed}`,
    'What it takes:',
    ...(faults.length > 0 ? faults : ['  nothing: it fails though nothing goes wrong']),
    `Predicted: ${predicted.join(' → ')}`,
    `Observed:  ${states.join(' → ')}`,
    '',
    'What happened:',
    ...(left > 0 ? [`  (${left} lines before these)`] : []),
    ...lines.slice(-linesMax).map((line) => `  ${line}`),
    '',
    '```mermaid',
    pictureOf(states, predicted, wrongIn(rehearsed, predictions)),
    '```',
    '',
    `Again: ${replay}`,
  ].join('\n');
}

/** Up to the end of the run, or to the last thing that was wrong, without what was there before. */
function linesOfRun({ lines }: Rehearsed): readonly string[] {
  const calm = lines.findIndex((line) => line.endsWith(' calm'));
  const last = lines.findLastIndex((line) => line.includes(' VIOLATION '));
  const some = calm === -1 ? lines : lines.slice(0, Math.max(calm, last + 1));
  return some.filter((line) => !line.endsWith(' (xstate.init)'));
}

/** Where the engine left what its chart allows, or the transition after which a rule was broken first, or else the last one. */
function wrongIn({ states, instants, violations }: Rehearsed, predictions: Predictions): Wrong {
  const differs = predictions.map((each) => firstDifference(states, each));
  if (!differs.includes(undefined)) return { at: differs[0] ?? 0, why: 'not what the chart allows' };
  const [first] = violations;
  const instant = first && instants.findLast((each) => each <= first.at);
  // One event may lead through several states: the first of them is where it went.
  const at = instant === undefined ? -1 : instants.indexOf(instant);
  return first && at >= 0 ? { at, why: first.invariant } : { at: states.length - 1, why: 'and no further' };
}

function deviation(states: readonly string[], predictions: Predictions): string {
  const [predicted = []] = predictions;
  const at = firstDifference(states, predicted) ?? 0;
  const after = at === 0 ? 'At first' : `After ${states[at - 1] ?? predicted[at - 1]}`;
  return `${after} the engine's chart leads to ${predicted[at] ?? 'the end'}, and the engine went to ${states[at] ?? 'the end'}.`;
}

/** Steps whose work began again though their result was on disk. */
function doneTwice(engine: string, events: readonly WorldEvent[]): string[] {
  const finished = new Set<string>();
  const again: string[] = [];
  for (const event of events) {
    if (event.type === 'transition' && event.transition.address === `engine/${engine}`) {
      const { event: cause, snapshot } = event.transition;
      const { run } = snapshot.context as { run: { id: string } | null };
      if (cause.type === 'step.completed') finished.add(`${run?.id} ${(cause as { step?: string } & object).step}`);
    }
    if (event.type === 'step.began' && finished.has(`${event.step.run} ${event.step.name}`)) {
      again.push(`The step '${event.step.name}' was done again though it was finished.`);
    }
  }
  return again;
}

function broken(plan: readonly Disturbance[], events: readonly WorldEvent[]): string[] {
  return plan.flatMap(({ fault }) => {
    const at = events.findIndex((event) => event.type === 'fault' && event.injection.fault.name === fault.name);
    const happened = events[at];
    if (happened?.type !== 'fault') return [];
    const since = events.slice(at).filter((event) => !isOfAlert(event));
    const wrong = fault.holds?.({ injection: happened.injection, events, since });
    return wrong === undefined ? [] : [`After '${fault.name}': ${wrong}. ${fault.afterwards}`];
  });
}

/** A person is alerted through services of the world's own, which no job knows of. */
function isOfAlert(event: WorldEvent): boolean {
  if (event.type === 'call.sent') return event.request.service.startsWith('alert-');
  return event.type === 'call.ended' && event.exchange.request.service.startsWith('alert-');
}
