/**
 * What a built-in engine's run is given in its tests: the lines it logs are kept.
 */
import type { LogLine, RunScope } from '../../src/config/run-scope.ts';

export interface TestScope extends RunScope {
  lines: { level: string; facts: object; message: string | undefined }[];
}

/** @param more what differs, as in `{ dueAt: 0 }` */
export function testScope(more: Partial<RunScope> = {}): TestScope {
  const lines: TestScope['lines'] = [];
  const level =
    (level: string): LogLine =>
    (facts, message?: string) =>
      void lines.push(typeof facts === 'string' ? { level, facts: {}, message: facts } : { level, facts, message });
  const log = { debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') };
  const step = (_: string, work: (scope: object) => unknown) => work({});
  return { log, step, signal: new AbortController().signal, lines, ...more } as TestScope;
}
