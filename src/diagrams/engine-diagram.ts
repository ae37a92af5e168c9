/**
 * A user's engine as a machine to look at: the engine's chart with its own schedule, hours and limits written to the states that they
 * decide about, and its steps as states within `running`.
 *
 * Nothing runs by it. The running engine has the chart that every engine has; there, a step is a fact of its run.
 */
import { type AnyStateMachine, createMachine } from 'xstate';
import type { EngineConfig } from '../config/config.ts';
import { engineMachine } from '../machines/engine.ts';
import { formatDuration } from '../policies/duration.ts';
import { reboot, type Schedule } from '../policies/schedule.ts';
import type { EngineSettings } from '../policies/settings.ts';
import type { Window } from '../policies/window.ts';
import { type Chart, type ChartState, type ChartTransition, chartOf } from './chart.ts';
import { configOf } from './stately-source.ts';
import { stepsWrittenIn, type WrittenStep } from './written-steps.ts';

/** The engine's chart, filled in. */
export function engineDiagram(engine: EngineConfig): AnyStateMachine {
  return createMachine(configOf(filledIn(engine)) as never);
}

/** The steps of an engine, by the keys of their states within `running`. */
export function stepsOf({ run }: EngineConfig): PlacedStep[] {
  return placed(run ? stepsWrittenIn(String(run)) : []);
}

function filledIn(engine: EngineConfig): Chart {
  const { root, transitions } = chartOf(engineMachine);
  const steps = stepsOf(engine);
  const notes = notesOf(engine);
  const states = root.states.map((state) => withSteps(withNotes(state, notes), steps, engine.settings));
  return {
    // A dot would lead to a state within.
    id: engine.id.replaceAll('.', '_'),
    root: { ...root, states },
    transitions: [...transitions, ...steps.flatMap((step, n) => nextOf(step, steps[n + 1]))],
  };
}

function withNotes(state: ChartState, notes: ReadonlyMap<string, readonly string[]>): ChartState {
  const states = state.states.map((each) => withNotes(each, notes));
  return noted({ ...state, states }, notes.get(state.name) ?? []);
}

/** Stately shows descriptions and nothing else, so what is noted stands there as well. */
function noted(state: ChartState, notes: readonly string[]): ChartState {
  if (notes.length === 0) return state;
  const description = [state.description, `${notes.join('; ')}.`].filter((text) => text !== null).join(' ');
  return { ...state, notes: [...state.notes, ...notes], description };
}

export type PlacedStep = WrittenStep & { key: string };

/** A dot or a backslash in a key leads to another state, one that is a number would change its place, and `__proto__` is no key at all. */
function placed(steps: readonly WrittenStep[]): PlacedStep[] {
  return steps.map((step) => {
    const key = step.name
      .replaceAll('.', '·')
      .replaceAll('\\', '⧵')
      .replaceAll(/\p{Cc}+/gu, ' ');
    return { ...step, key: /^(\d+|__proto__)$/.test(key) ? `step ${key}` : key };
  });
}

function withSteps(state: ChartState, steps: readonly PlacedStep[], settings: EngineSettings): ChartState {
  const [first] = steps;
  if (state.name !== 'running' || !first) return state;
  return {
    ...state,
    type: 'compound',
    initial: `running.${first.key}`,
    states: steps.map((step) => stepState(step, settings)),
  };
}

function stepState(
  { key, name, isMany, window, isOptional, isOnce }: PlacedStep,
  { windows }: EngineSettings,
): ChartState {
  const state: ChartState = {
    name: `running.${key}`,
    key,
    type: 'atomic',
    description: `Step '${name}': once its result is kept, it is not done again in this run.`,
    tags: [],
    initial: null,
    effects: [],
    notes: [],
    states: [],
  };
  const hours = window === null ? undefined : windows?.[window];
  return noted(state, [
    ...(window === null ? [] : [`only ${hours ? `${window}: ${windowText(hours)}` : window}`]),
    ...(isMany ? ['one for each name'] : []),
    ...(isOptional ? ['left out when its service is down'] : []),
    ...(isOnce ? ['never begun twice'] : []),
  ]);
}

function nextOf({ key, isOptional }: PlacedStep, next: PlacedStep | undefined): ChartTransition[] {
  if (!next) return [];
  const towards = { from: `running.${key}`, to: `running.${next.key}`, guard: null, reenter: false };
  return [
    { ...towards, trigger: { kind: 'event', event: 'step.completed' }, actions: ['keepStep'] },
    ...(isOptional
      ? [{ ...towards, trigger: { kind: 'event', event: 'step.skipped' } as const, actions: ['keepSkipped'] }]
      : []),
  ];
}

/** What the settings say, by the state that they decide about. */
function notesOf({ settings, command }: EngineConfig): ReadonlyMap<string, readonly string[]> {
  const { schedule, after, window, windowName, timeoutMs, retry, cooldownMs, maxFailures } = settings;
  const due = after === undefined ? schedule && scheduleText(schedule) : afterText(after);
  const first = formatDuration(retry.baseMs);
  return new Map([
    ['idle.scheduled', due === null ? [] : [`due ${due}`]],
    ['held.forTime', window ? [`${windowName}: ${windowText(window)}`] : []],
    [
      'running',
      [
        ...(command ? [`program ${command.shell ? 'of the shell' : command.program}`] : []),
        `at most ${formatDuration(timeoutMs)} an attempt`,
        ...(settings.endWithinMs === undefined ? [] : [`${formatDuration(settings.endWithinMs)} in all`]),
      ],
    ],
    ['backoff', [`${retry.tries} tries, waits from ${first} to ${formatDuration(retry.capMs)}`]],
    ['cooldown', cooldownMs > 0 ? [formatDuration(cooldownMs)] : []],
    ['halted', [`after ${maxFailures} failures in a row of its own`]],
  ]);
}

function afterText(after: string): string {
  return after === reboot ? 'when the machine has been started' : `when ${after} has succeeded`;
}

export function scheduleText(schedule: Schedule): string {
  switch (schedule.kind) {
    case 'cron':
      return `${schedule.expression}, ${schedule.timeZone}`;
    case 'every':
      return `every ${formatDuration(schedule.everyMs)}`;
    case 'after':
      return 'after another engine';
    default:
      return schedule satisfies never;
  }
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** As in `09:00 to 22:00 on Mon Tue, Europe/Berlin, not on 12-25`. */
export function windowText({ from, to, days, timeZone, except = [] }: Window): string {
  const on = days ? ` on ${days.map((day) => weekdays[day]).join(' ')}` : '';
  const not = except.length > 0 ? `, not on ${except.join(' ')}` : '';
  return `${from} to ${to}${on}, ${timeZone}${not}`;
}
