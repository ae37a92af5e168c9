/**
 * The source that Stately's importer takes: one `createMachine` call that needs nothing else. What the machine does is named in it,
 * and stands empty in `setup`, so that it can be simulated there.
 */
import type { Chart, ChartState, ChartTransition } from './chart.ts';

export type Plain = string | boolean | Plain[] | { [key: string]: Plain };

/** JavaScript that creates the machine. */
export function statelySourceOf(chart: Chart, about: string): string {
  const { transitions, root } = chart;
  const actions = unique(transitions.flatMap((each) => each.actions));
  const guards = unique(transitions.flatMap(({ guard }) => guard ?? []));
  const delays = unique(transitions.flatMap(({ trigger }) => (trigger.kind === 'after' ? trigger.delay : [])));
  // What is asked without an event would be asked for ever, were the answer yes.
  const atOnce = new Set(transitions.flatMap(({ trigger, guard }) => (trigger.kind === 'always' ? guard : null) ?? []));
  const effects = unique(effectsOf(root));
  const parts = [
    part('actors', effects, () => 'fromPromise(async () => null)'),
    part('guards', guards, (guard) => `() => ${!atOnce.has(guard)}`),
    part('actions', actions, () => '() => {}'),
    part(
      'delays',
      delays.filter((delay) => Number.isNaN(Number(delay))),
      () => '1000',
    ),
  ].filter((text) => text !== '');
  const imports = effects.length > 0 ? 'fromPromise, setup' : 'setup';
  return `// ${about}\nimport { ${imports} } from 'xstate';\n\nexport const ${machineName(chart)} = setup({\n${parts.join('')}}).createMachine(${written(configOf(chart), '')});\n`;
}

/** What `createMachine` takes. */
export function configOf(chart: Chart): { [key: string]: Plain } {
  return { id: chart.id, ...stateOf(chart, chart.root) };
}

/** The name of the export: `nightlyImportMachine` for a chart `nightly-import`. */
export function machineName({ id }: Pick<Chart, 'id'>): string {
  const name = id.replace(/[^\p{L}\p{N}]+(.?)/gu, (_, next: string) => next.toUpperCase());
  return `${/^\p{L}/u.test(name) ? '' : '_'}${name}Machine`;
}

function part(name: string, names: readonly string[], body: (name: string) => string): string {
  if (names.length === 0) return '';
  return `  ${name}: {\n${names.map((each) => `    ${keyOf(each)}: ${body(each)},\n`).join('')}  },\n`;
}

function stateOf(
  chart: Chart,
  { name, type, description, tags, initial, effects, notes, states }: ChartState,
): { [key: string]: Plain } {
  const own = chart.transitions.filter(({ from }) => from === name);
  const by = (pick: (transition: ChartTransition) => string | undefined) => grouped(chart, own, pick);
  const on = by(({ trigger }) => (trigger.kind === 'event' ? trigger.event : undefined));
  const after = by(({ trigger }) => (trigger.kind === 'after' ? trigger.delay : undefined));
  const { always } = by(({ trigger }) => (trigger.kind === 'always' ? 'always' : undefined));
  const invoke = effects.map(({ id, src }) => {
    const outcome = (kind: 'done' | 'error') =>
      by(({ trigger }) => (trigger.kind === kind && trigger.effect === id ? kind : undefined))[kind];
    const [onDone, onError] = [outcome('done'), outcome('error')];
    return { id, src, ...(onDone && { onDone }), ...(onError && { onError }) };
  });
  const [only] = invoke;
  return {
    ...(type === 'final' && { type }),
    ...(description !== null && { description }),
    ...(tags.length > 0 && { tags }),
    ...(notes.length > 0 && { meta: { notes } }),
    ...(initial !== null && { initial: initial.slice(initial.lastIndexOf('.') + 1) }),
    ...(only && { invoke: invoke.length === 1 ? only : invoke }),
    ...(always && { always }),
    ...(Object.keys(after).length > 0 && { after }),
    ...(Object.keys(on).length > 0 && { on }),
    ...(states.length > 0 && { states: Object.fromEntries(states.map((each) => [each.key, stateOf(chart, each)])) }),
  };
}

function grouped(
  { id }: Chart,
  transitions: readonly ChartTransition[],
  pick: (transition: ChartTransition) => string | undefined,
): Record<string, Plain> {
  const found: Record<string, Plain> = {};
  for (const [key, some] of Map.groupBy(transitions, pick)) {
    if (key === undefined) continue;
    const each = some.map(({ to, guard, actions, reenter }) => ({
      ...(guard !== null && { guard }),
      ...(to !== null && { target: `#${[id, to].filter(Boolean).join('.')}` }),
      ...(reenter && { reenter }),
      ...(actions.length > 0 && { actions: actions.length === 1 ? (actions[0] as string) : actions }),
    }));
    found[key] = each.length === 1 ? (each[0] as Plain) : each;
  }
  return found;
}

function* effectsOf({ effects, states }: ChartState): Generator<string> {
  for (const { src } of effects) yield src;
  for (const state of states) yield* effectsOf(state);
}

function unique(names: Iterable<string>): string[] {
  return [...new Set(names)];
}

function written(value: Plain, indent: string): string {
  if (typeof value === 'string')
    return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
  if (typeof value === 'boolean') return String(value);
  const inner = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map((each) => written(each, inner))
    : Object.entries(value).map(([key, each]) => `${keyOf(key)}: ${written(each, inner)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const short = `${open} ${lines.join(', ')} ${close}`.replace(/^\[ | \]$/g, (edge) => edge.trim());
  if (lines.length === 0) return `${open}${close}`;
  if (!short.includes('\n') && short.length + indent.length < 100) return short;
  return `${open}\n${lines.map((line) => `${inner}${line},\n`).join('')}${indent}${close}`;
}

function keyOf(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
