/**
 * The rules of the house that lint holds: each is shown to bite, and to leave the innocent alone.
 *
 * The snippets are put where they would offend, in a folder that has the project's lint settings and nothing
 * else of it. Biome looks at all of them at once.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Snippet {
  /** A folder, or a file where the name matters. */
  place: string;
  code: string;
  /** What it breaks; null for nothing. */
  rule: string | null;
}

const timeAndChance = placed('time', [
  ...snippets('plugin', 'src/actors', [
    'export const x = Date.now();',
    'export const x = [1].map(Date.now);',
    'export const x = new Date();',
    'export const x = new Date;',
    'export const x = Date();',
    'export const { now } = Date;',
    'export const x = new globalThis.Date();',
    'export const x = Math.random();',
    'export const { random } = Math;',
    'export const x = AbortSignal.timeout(1000);',
    'export const x = process.hrtime.bigint();',
    'globalThis.setTimeout(() => {}, 1);',
    "import { setTimeout as wait } from 'node:timers/promises';\n\nawait wait(1);",
    "import { setInterval as every } from 'node:timers';\n\nevery(() => {}, 1);",
    "import { performance as time } from 'node:perf_hooks';\n\nexport const x = time.now();",
  ]),
  ...snippets('lint/style/noRestrictedGlobals', 'src/actors', [
    'setTimeout(() => {}, 1);',
    'setInterval(() => {}, 1);',
    'export const wait = setTimeout;',
    'export const x = performance.now();',
  ]),
  ...snippets('lint/style/noRestrictedGlobals', 'src/policies', [
    'setTimeout(() => {}, 1);',
    'export const x = () => fetch("https://example.com");',
    'export const x = process.env.X;',
  ]),
  ...snippets('lint/style/noRestrictedGlobals', 'src/machines', [
    'setImmediate(() => {});',
    'export const x = crypto.randomUUID();',
  ]),
  ...snippets(null, 'src/actors', [
    'export const x = new Date(0);',
    'export const x = Date.UTC(2026, 0, 1) + Date.parse("2026-01-01");',
    'export const x = Math.max(1, 2);',
    'export const x = AbortSignal.abort();',
    "import { monitorEventLoopDelay } from 'node:perf_hooks';\n\nexport const x = monitorEventLoopDelay();",
    'export function limit(socket: { setTimeout(ms: number): void }) {\n  socket.setTimeout(1);\n}',
  ]),
  ...snippets('lint/style/noRestrictedGlobals', 'src/page', ['setTimeout(() => {}, 1);']),
  ...snippets(null, 'src/page/clock.ts', ['setTimeout(() => {}, Date.now());']),
  ...snippets(null, 'src/clock.ts', ['setTimeout(() => {}, Date.now() - performance.now());']),
  ...snippets(null, 'src/random.ts', ['export const x = Math.random();']),
  ...snippets(null, 'test', ['setTimeout(() => {}, Date.now() + Math.random());']),
]);

const outside = ['actors/host', 'cli/start', 'config/config', 'dashboard/api', 'engines/resources', 'telemetry/log'];
const directions = placed('direction', [
  ...['src/machines', 'src/policies'].flatMap((room) => [
    ...refused(room, [...outside, 'clock', 'machines/token', 'persistence/store', 'random', 'service'].map(above)),
    ...refused(room, ['../policies/../clock.ts', 'node:fs', 'zod']),
    ...accepted(room, ['../errors.ts', '../json.ts', 'croner', 'xstate']),
  ]),
  ...accepted('src/machines', ['../policies/backoff.ts']),
  ...accepted('src/policies', ['./backoff.ts']),
  ...refused('src/config', ['actors/host', 'cli/start', 'dashboard/api', 'persistence/store', 'service'].map(above)),
  ...accepted('src/config', ['./schema.ts', '../errors.ts', '../policies/window.ts', 'node:path', 'zod']),
  ...refused('src/persistence', [...outside, 'machines/engine', 'service'].map(above)),
  ...accepted('src/persistence', ['./store.ts', '../clock.ts', '../policies/instant.ts', 'node:fs', 'keyv']),
  ...refused('src/processes', ['actors/host', 'config/config', 'policies/size', 'service'].map(above)),
  ...accepted('src/processes', ['./children.ts', '../clock.ts', 'node:fs']),
  ...refused('src/isolation', ['actors/host', 'persistence/store', 'machines/engine', 'service'].map(above)),
  ...accepted('src/isolation', [
    '../actors/effects/steps.ts',
    '../config/load.ts',
    '../processes/children.ts',
    'birpc',
  ]),
  ...refused('src/watchdog', ['actors/effects/steps', 'persistence/store', 'service'].map(above)),
  ...accepted('src/watchdog', ['../actors/host.ts', '../clock.ts', 'execa']),
  ...refused('src/background', ['actors/host', 'cli/start', 'config/load', 'persistence/lock', 'service'].map(above)),
  ...accepted('src/background', ['../watchdog/warden.ts', '../clock.ts', '../errors.ts', 'execa']),
  ...refused('src/telemetry', ['actors/host', 'actors/effects/steps', 'cli/start', 'dashboard/api'].map(above)),
  ...accepted('src/telemetry', ['../stream.ts', '../policies/engine.ts', 'pino']),
  ...refused('src/actors', ['cli/start', 'dashboard/api', 'engines/resources', 'telemetry/log', 'service'].map(above)),
  ...refused('src/actors/effects', ['../../cli/start.ts', '../../service.ts', '../../main.ts']),
  ...accepted('src/actors/effects', ['../host.ts', '../../config/config.ts', '../../machines/token.ts']),
  ...refused('src/dashboard', ['cli/start', 'service', 'main'].map(above)),
  ...accepted('src/dashboard', ['../actors/host.ts', '../persistence/store.ts', 'hono']),
  ...refused('src/diagrams', ['actors/host', 'cli/start', 'dashboard/api', 'persistence/store', 'service'].map(above)),
  ...accepted('src/diagrams', [
    './chart.ts',
    '../actors/chart-rules.ts',
    '../config/config.ts',
    '../machines/token.ts',
  ]),
  ...refused('src/page', ['node:fs']),
  ...accepted('src/page', ['./clock.ts', 'preact']),
  ...refused('src/engines', ['cli/start', 'service', 'main'].map(above)),
  ...refused('src/inspector', ['cli/start', 'service', 'main'].map(above)),
  ...accepted('src/inspector', ['../actors/host.ts', '../dashboard/listen.ts', 'ws']),
  ...refused('src/testing', ['cli/start', 'main'].map(above)),
  ...refused('src/service.ts', ['./cli/start.ts']),
  ...refused('src/index.ts', ['./cli/start.ts']),
  ...refused('src/json.ts', ['./policies/size.ts']),
  ...refused('src/stream.ts', ['./actors/host.ts']),
  ...refused('src/main.ts', ['./service.ts']),
  ...accepted('src/cli', ['./status.ts', '../service.ts', '../persistence/store.ts', 'commander']),
  ...snippets('lint/style/noRestrictedImports', 'src/policies', [
    "export const x = await import('../actors/host.ts');",
    "export type { Host } from '../actors/host.ts';",
  ]),
]);

const noCodeFromText = placed('text', [
  ...snippets('lint/security/noGlobalEval', 'src/actors', ["eval('1');"]),
  ...snippets('plugin', 'src/actors', [
    "export const x = new Function('return 1');",
    "export const x = Function('return 1');",
    "import vm from 'node:vm';\n\nexport const x = vm.runInNewContext('1');",
    "import { exec } from 'node:child_process';\n\nexec('ls');",
    "import { execSync as run } from 'node:child_process';\n\nrun('ls');",
    "import { spawn } from 'node:child_process';\n\nspawn('ls', { shell: true });",
    "import { execa } from 'execa';\n\nexport const x = execa('ls', { shell: '/bin/sh' });",
  ]),
  ...snippets(null, 'src/actors', [
    "import { execFile, spawn } from 'node:child_process';\n\nexport const x = [execFile, spawn];",
    "import { execa } from 'execa';\n\nexport const x = (command: { shell: boolean }) => execa('ls', { shell: command.shell });",
    'export const x = (value: unknown) => typeof value === "function" && value instanceof Function;',
  ]),
]);

const habits = placed('habit', [
  ...snippets('lint/correctness/noUndeclaredDependencies', 'src/persistence', [
    "import { KeyvSqlite } from '@keyv/sqlite';\n\nexport const x = new KeyvSqlite();",
  ]),
  ...snippets(null, 'src/persistence/keyv.ts', ["export { KeyvSqlite } from '@keyv/sqlite';"]),
  ...snippets('lint/suspicious/noExplicitAny', 'src/actors', ['export const x: any = 1;']),
  ...snippets('lint/style/noEnum', 'src/actors', ['export enum X {\n  A = "a",\n}']),
  ...snippets('lint/style/noNamespace', 'src/actors', ['export namespace X {\n  export const a = 1;\n}']),
  ...snippets('lint/style/noParameterProperties', 'src/actors', [
    'export class X {\n  constructor(readonly a: 1) {}\n}',
  ]),
  ...snippets('lint/style/useImportType', 'src/actors', ["import { X } from 'xstate';\n\nexport type Y = X;"]),
  ...snippets('lint/style/noDefaultExport', 'src/actors', ['export default 1;']),
  ...snippets(null, 'nightshift.config.ts', ['export default 1;']),
  ...snippets('lint/style/useThrowOnlyError', 'src/actors', ["throw 'text';"]),
  ...snippets('lint/performance/noBarrelFile', 'src/actors', ["export { x } from './host.ts';"]),
  ...snippets('lint/nursery/noFloatingPromises', 'src/actors', ['async function f() {}\n\nf();']),
  ...snippets('lint/suspicious/noImportCycles', 'src/actors/here.ts', ["import './there.ts';"]),
  ...snippets('lint/suspicious/noImportCycles', 'src/actors/there.ts', ["import './here.ts';"]),
  ...snippets('lint/correctness/noUnusedImports', 'src/actors', ["import { x } from 'xstate';"]),
  ...snippets('lint/correctness/useImportExtensions', 'src/actors', ["import './here';"]),
  ...snippets('assist/source/organizeImports', 'src/actors', [
    "import { x } from 'xstate';\nimport { y } from 'node:fs';\n\nexport const z = [x, y];",
  ]),
  ...snippets('lint/style/useFilenamingConvention', 'src/actors/camelCase.ts', ['export const x = 1;']),
  ...snippets('lint/suspicious/noFocusedTests', 'test', ["it.only('opens', () => {});"]),
  ...snippets('lint/suspicious/noSkippedTests', 'test', ["it.skip('opens', () => {});"]),
  ...snippets('plugin', 'test', ["it('should open', () => {});", "it.each([1])('%i should open', () => {});"]),
  ...snippets(null, 'test', ["it('opens on a shoulder', () => {});"]),
]);

const folder = mkdtempSync(join(tmpdir(), 'nightshift-lint-'));
const broken = new Map<string, Set<string>>();

beforeAll(() => {
  const root = join(import.meta.dirname, '..');
  const settings = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'));
  writeFileSync(join(folder, 'biome.json'), JSON.stringify({ ...settings, vcs: { enabled: false } }));
  for (const kept of ['lint', 'package.json']) cpSync(join(root, kept), join(folder, kept), { recursive: true });
  for (const { path, code } of [...timeAndChance, ...directions, ...noCodeFromText, ...habits]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `${code}\n`);
  }
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const options = ['--formatter-enabled=false', '--max-diagnostics=none', '--reporter=json', '--colors=off'];
  const { stdout } = spawnSync(process.execPath, [biome, 'ci', ...options, '.'], { cwd: folder, encoding: 'utf8' });
  for (const { category, severity, location } of JSON.parse(stdout).diagnostics) {
    const rules = broken.get(location.path) ?? new Set();
    broken.set(location.path, rules.add(severity === 'error' ? category : `${severity} ${category}`));
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each([
  ['time and chance', timeAndChance],
  ['import directions', directions],
  ['no code from text', noCodeFromText],
  ['habits', habits],
])('%s', (_, rows) => {
  it.each(rows)('$place: $code → $rule', ({ path, rule }) => {
    expect([...(broken.get(path) ?? [])]).toEqual(rule === null ? [] : [rule]);
  });
});

function snippets(rule: string | null, place: string, codes: string[]): Snippet[] {
  return codes.map((code) => ({ place, code, rule }));
}

function refused(place: string, sources: string[]): Snippet[] {
  return snippets('lint/style/noRestrictedImports', place, sources.map(importing));
}

function accepted(place: string, sources: string[]): Snippet[] {
  return snippets(null, place, sources.map(importing));
}

function importing(source: string): string {
  return `import type { X } from '${source}';\n\nexport type Y = X;`;
}

function above(module: string): string {
  return `../${module}.ts`;
}

/** Gives each snippet a file of its own. */
function placed(name: string, rows: Snippet[]): (Snippet & { path: string })[] {
  return rows.map((row, n) => ({
    ...row,
    path: row.place.endsWith('.ts') ? row.place : `${row.place}/${name}-${n}.ts`,
  }));
}
