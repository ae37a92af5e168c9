/**
 * What no field can tell by itself: names that lead nowhere, two things of the same name, and choices that
 * exclude each other.
 *
 * It looks at the config as it was written, so that these come together with all other problems. Whatever
 * is not of the right kind is passed over: the schemas have named it already.
 */
import type { ConfigProblem } from './config-error.ts';
import { alternatives, found } from './found.ts';
import { nearest } from './nearest.ts';

/** The built-in engines, whose names are taken. */
export const builtInIds = [
  'api-health',
  'resources',
  'backup',
  'log-cleanup',
  'log-analysis',
  'daily-report',
  'updates',
] as const;

type Loose = Readonly<Record<string, unknown>>;

export function referenceProblems(written: unknown): ConfigProblem[] {
  const config = loose(written);
  return [
    ...serviceProblems(config),
    ...fallbackProblems(config),
    ...engineProblems(config),
    ...alertProblems(config),
    ...reportProblems(config),
  ];
}

function* serviceProblems(config: Loose): Generator<ConfigProblem> {
  const tokens = Object.keys(loose(config.tokens));
  for (const [name, service] of Object.entries(loose(config.services))) {
    const token = loose(service).token;
    if (typeof token !== 'string' || token.trim() === '' || tokens.includes(token)) continue;
    // What is no name of a token may be a token: it is not shown unless it looks like one of the names.
    const meant = nearest(token, tokens);
    yield {
      path: `services.${name}.token`,
      found: meant === undefined ? 'a text that is not the name of a token' : found(token),
      expected: oneOfThe('tokens', tokens),
      fix: meant === undefined ? `Add it under tokens, or remove it here.` : `Did you mean '${meant}'?`,
    };
  }
}

function* fallbackProblems(config: Loose): Generator<ConfigProblem> {
  const services = Object.entries(loose(config.services));
  const single = services.filter(([, service]) => !('fallback' in loose(service))).map(([name]) => name);
  for (const [name, service] of services) {
    const { fallback, ...rest } = loose(service);
    if (!Array.isArray(fallback)) continue;
    const [beside] = Object.keys(rest);
    if (beside !== undefined) yield notAlone(name, beside);
    for (const [index, member] of fallback.entries()) {
      const path = `services.${name}.fallback.${index}`;
      if (typeof member !== 'string' || member.trim() === '') continue;
      if (!single.includes(member)) yield notSingle(path, member, single);
      else if (fallback.indexOf(member) < index) yield namedTwice(path, member);
    }
  }
}

function notAlone(name: string, beside: string): ConfigProblem {
  return {
    path: `services.${name}.${beside}`,
    found: `${beside} beside fallback`,
    expected: 'fallback alone, since each of its services has settings of its own',
    fix: 'Put it into those services.',
  };
}

function notSingle(path: string, member: string, services: readonly string[]): ConfigProblem {
  const meant = nearest(member, services);
  return {
    path,
    found: found(member),
    expected: oneOfThe('services without a fallback', services),
    fix: meant === undefined ? 'Add it under services, or remove it here.' : `Did you mean '${meant}'?`,
  };
}

function namedTwice(path: string, member: string): ConfigProblem {
  return { path, found: `${found(member)} for the second time`, expected: 'each service once', fix: 'Remove it.' };
}

function* engineProblems(config: Loose): Generator<ConfigProblem> {
  const windows = Object.keys(loose(config.windows));
  const firstWith = new Map<string, number>();
  const engines: unknown[] = Array.isArray(config.engines) ? config.engines : [];
  for (const [index, engine] of engines.entries()) {
    const { id, schedule, every, window, after } = loose(engine);
    const path = `engines.${index}`;
    const given = Object.entries({ schedule, every, after }).filter(([, value]) => value !== undefined);
    if (given.length > 1)
      yield severalSchedules(
        `${path}.${given.at(-1)?.[0]}`,
        given.map(([key]) => key),
      );
    if (typeof after === 'string' && after.trim() !== '') yield* afterProblems(`${path}.after`, id, after, engines);
    yield* tagProblems(path, loose(engine).tags, Object.keys(loose(config.tags)));
    if (typeof window === 'string' && window.trim() !== '' && !windows.includes(window)) {
      yield unknownWindow(path, window, windows);
    }
    if (typeof id !== 'string') continue;
    if ((builtInIds as readonly string[]).includes(id)) yield takenId(path, id);
    const first = firstWith.get(id);
    if (first === undefined) firstWith.set(id, index);
    else yield sameId(path, id, first);
  }
}

function* alertProblems(config: Loose): Generator<ConfigProblem> {
  const windows = Object.keys(loose(config.windows));
  const { quietHours, channels } = loose(config.alerts);
  for (const channel of Object.keys(loose(channels))) {
    if (`alert-${channel}` in loose(config.services)) yield takenService(`alert-${channel}`, channel);
  }
  if (typeof quietHours !== 'string' || quietHours.trim() === '') return;
  if (!windows.includes(quietHours)) {
    yield { ...unknownWindow('alerts', quietHours, windows), path: 'alerts.quietHours' };
  } else if (isAlwaysOpen(loose(loose(config.windows)[quietHours]))) {
    yield {
      path: 'alerts.quietHours',
      found: `${found(quietHours)}, which is open round the clock`,
      expected: 'a window with an end: nobody would ever hear of what can wait',
      fix: 'Give the window hours, or remove quietHours.',
    };
  }
}

function* reportProblems(config: Loose): Generator<ConfigProblem> {
  const channels = Object.keys(loose(loose(config.alerts).channels));
  const { send } = loose(loose(config.builtIn).dailyReport);
  for (const [index, channel] of (Array.isArray(send) ? send : []).entries()) {
    if (typeof channel !== 'string' || channel.trim() === '' || channels.includes(channel)) continue;
    const meant = nearest(channel, channels);
    yield {
      path: `builtIn.dailyReport.send.${index}`,
      found: found(channel),
      expected: oneOfThe('channels under alerts', channels),
      fix: meant === undefined ? 'Add it under alerts.channels, or remove it here.' : `Did you mean '${meant}'?`,
    };
  }
}

function isAlwaysOpen({ from, to, days, except }: Loose): boolean {
  const isWholeDay = from === to || (from === '00:00' && to === '24:00');
  return typeof from === 'string' && isWholeDay && days === undefined && except === undefined;
}

function takenService(service: string, channel: string): ConfigProblem {
  return {
    path: `services.${service}`,
    found: `${found(service)}, under which alerts.channels.${channel} has its breaker`,
    expected: 'a name of its own',
    fix: 'Rename the service or the channel.',
  };
}

function severalSchedules(path: string, given: readonly string[]): ConfigProblem {
  return {
    path,
    found: `${given.length === 2 ? 'both ' : ''}${given.slice(0, -1).join(', ')} and ${given.at(-1)}`,
    expected: 'one of them',
    fix: 'Remove the other.',
  };
}

function* afterProblems(path: string, id: unknown, after: string, engines: unknown[]): Generator<ConfigProblem> {
  const ids = engines.map((engine) => loose(engine).id).filter((each) => typeof each === 'string');
  const known = [...ids, ...builtInIds];
  if (!known.includes(after)) {
    const meant = nearest(after, known);
    yield {
      path,
      found: found(after),
      expected: oneOfThe('engines', ids),
      fix: meant === undefined ? 'Add that engine, or remove it here.' : `Did you mean '${meant}'?`,
    };
  } else if (leadsBack(id, engines)) {
    yield {
      path,
      found: `${found(after)}, which runs after this engine itself`,
      expected: 'an engine that does not wait for this one',
      fix: 'Give one of them a schedule.',
    };
  }
}

/** Whether an engine runs after itself, in the end. */
function leadsBack(id: unknown, engines: unknown[]): boolean {
  // A list that has holes in it keeps them through `map`.
  const afterOf = new Map(Array.from(engines, (engine) => [loose(engine).id, loose(engine).after] as const));
  let next = afterOf.get(id);
  for (let steps = 0; next !== undefined && steps <= afterOf.size; steps++) {
    if (next === id) return true;
    next = afterOf.get(next);
  }
  return false;
}

function* tagProblems(path: string, tags: unknown, known: readonly string[]): Generator<ConfigProblem> {
  for (const [index, tag] of (Array.isArray(tags) ? tags : []).entries()) {
    if (typeof tag !== 'string' || known.includes(tag)) continue;
    const meant = nearest(tag, known);
    yield {
      path: `${path}.tags.${index}`,
      found: found(tag),
      expected: oneOfThe('tags', known),
      fix: meant === undefined ? 'Add it under tags, or remove it here.' : `Did you mean '${meant}'?`,
    };
  }
}

function unknownWindow(path: string, window: string, windows: readonly string[]): ConfigProblem {
  const meant = nearest(window, windows);
  return {
    path: `${path}.window`,
    found: found(window),
    expected: oneOfThe('windows', windows),
    fix: meant === undefined ? 'Add it under windows, or remove it here.' : `Did you mean '${meant}'?`,
  };
}

function takenId(path: string, id: string): ConfigProblem {
  return {
    path: `${path}.id`,
    found: found(id),
    expected: 'a name of its own, since that one is a built-in engine',
    fix: 'Rename it. The built-in ones are set up under builtIn.',
  };
}

function sameId(path: string, id: string, first: number): ConfigProblem {
  return {
    path: `${path}.id`,
    found: `${found(id)}, which engines.${first} has too`,
    expected: 'a name of its own',
    fix: 'Rename one of them.',
  };
}

function oneOfThe(kind: string, names: readonly string[]): string {
  return names.length === 0
    ? `one of the ${kind}, of which there are none`
    : `one of the ${kind}: ${alternatives(names)}`;
}

function loose(value: unknown): Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {};
}
