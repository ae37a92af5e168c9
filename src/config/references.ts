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
export const builtInIds = ['api-health', 'resources', 'backup', 'log-cleanup', 'daily-report', 'updates'] as const;

type Loose = Readonly<Record<string, unknown>>;

export function referenceProblems(written: unknown): ConfigProblem[] {
  const config = loose(written);
  return [...serviceProblems(config), ...engineProblems(config)];
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

function* engineProblems(config: Loose): Generator<ConfigProblem> {
  const windows = Object.keys(loose(config.windows));
  const firstWith = new Map<string, number>();
  const engines: unknown[] = Array.isArray(config.engines) ? config.engines : [];
  for (const [index, engine] of engines.entries()) {
    const { id, schedule, every, window } = loose(engine);
    const path = `engines.${index}`;
    if (schedule !== undefined && every !== undefined) yield twoSchedules(path);
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

function twoSchedules(path: string): ConfigProblem {
  return {
    path: `${path}.every`,
    found: 'both schedule and every',
    expected: 'one of them',
    fix: 'Remove the other.',
  };
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
