/**
 * What the script makes of npm's answers; an npm of the test's own gives them.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'nightshift-signatures-'));
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  ['passes what is signed', { invalid: [], missing: [] }, 0, 'Everything that is installed is signed'],
  [
    'fails a wrong signature and a missing one',
    { invalid: [{ name: 'left', version: '1.0.0' }], missing: [{ name: 'right', version: '2.0.0' }] },
    1,
    "left@1.0.0: its signature is not the registry's.\nright@2.0.0: it has no signature.\n",
  ],
  [
    'says so without the keys',
    { error: { code: 'ENOTFOUND', summary: 'no network' } },
    0,
    'Signatures were not looked at: ',
  ],
])('%s', (_, answer, code, said) => {
  const npm = `#!/bin/sh\ncat <<'END'\n${JSON.stringify(answer)}\nEND\nexit 1\n`;
  writeFileSync(join(folder, 'npm'), npm, { mode: 0o755 });
  const script = join(import.meta.dirname, '../../scripts/signatures.ts');
  const ended = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', script], {
    env: { PATH: `${folder}:/usr/bin:/bin` },
    encoding: 'utf8',
  });
  expect(ended.stdout + ended.stderr).toContain(said);
  expect(ended.status).toBe(code);
});
