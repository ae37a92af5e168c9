/**
 * Builds what is published: compiles src/ to dist/, puts the code of `keyv` and `@keyv/sqlite` into the one module
 * that imports them (docs/decisions/0005), writes the page's files with the packages they use (docs/decisions/0030), lists
 * what is in it, and makes the command executable.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { rolldown } from 'rolldown';
import { madePageFiles } from '../src/dashboard/page-files.ts';
import { copied, sbom } from './sbom.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
/** Without the `--` Node takes an `--env-file` of ours for its own, wherever it stands. */
const shebang =
  '#!/usr/bin/env -S node --disable-warning=ExperimentalWarning --disable-warning=MODULE_TYPELESS_PACKAGE_JSON --\n';

/** Drivers that are never loaded: the store names Node's own SQLite. */
const absent = new Set(['better-sqlite3', 'bun:sqlite']);
const empty = (id: string) =>
  id === '\0absent' ? 'export default undefined; export const Database = undefined;' : null;

rmSync(dist, { recursive: true, force: true });
execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});

const keyv = join(dist, 'persistence/keyv.js');
const bundle = await rolldown({
  input: keyv,
  platform: 'node',
  external: [/^node:/],
  plugins: [{ name: 'absent', resolveId: (id) => (absent.has(id) ? '\0absent' : null), load: empty }],
});
await bundle.write({ file: keyv, codeSplitting: false });
await bundle.close();

const page = madePageFiles(root);
for (const [path, body] of page) {
  const file = join(dist, 'page', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, body);
}

const notices = Object.entries(copied).flatMap(([place, names]) =>
  names.map((name) => {
    const licence = readFileSync(join(root, 'node_modules', name, 'LICENSE'), 'utf8');
    return `${place} contains ${name}, under this licence:\n\n${licence}`;
  }),
);
writeFileSync(join(dist, 'THIRD-PARTY-NOTICES'), notices.join('\n\n'));
writeFileSync(join(dist, 'sbom.cdx.json'), `${JSON.stringify(sbom(root), null, 2)}\n`);

const command = join(dist, 'main.js');
writeFileSync(command, shebang + readFileSync(command, 'utf8'));
chmodSync(command, 0o755);
