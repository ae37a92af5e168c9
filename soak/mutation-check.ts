/**
 * The mutation check: breaks the runtime in each of the named ways, and sees whether the invariants or the failure paths notice.
 *
 * A mutant that nothing notices is listed, and the exit code is 1, unless it is among those that are known to survive, with the
 * reason.
 */

import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Mutant, mutants } from './mutants.ts';

const root = join(import.meta.dirname, '..');
/** A mutant may do anything, also go round in circles. */
const patienceMs = 180_000;

const only = process.argv.slice(2);
const chosen = mutants.filter(({ name }) => only.length === 0 || only.some((part) => name.includes(part)));
const queue: (Mutant | undefined)[] = only.length === 0 ? [undefined, ...chosen] : [...chosen];
const survivors: Mutant[] = [];
let isSound = true;

await Promise.all(Array.from({ length: availableParallelism() }, work));

console.log(`\n${chosen.length - survivors.length} of ${chosen.length} mutants were noticed.`);
for (const { name, survives } of survivors) console.log(`survived: ${name}${survives ? ` (known: ${survives})` : ''}`);
if (!isSound || survivors.some(({ survives }) => survives === undefined)) process.exitCode = 1;

async function work(): Promise<void> {
  while (queue.length > 0) {
    const mutant = queue.shift();
    const noticed = await noticedBy(mutant);
    const name = mutant?.name ?? 'the runtime as it is';
    console.log(
      `${noticed === null ? 'not noticed' : 'noticed    '}  ${name}${noticed === null ? '' : `: ${noticed}`}`,
    );
    if (!mutant && noticed !== null) isSound = false;
    if (mutant && noticed === null) survivors.push(mutant);
  }
}

/** What noticed the mutant, in a line; null when nothing did. */
async function noticedBy(mutant: Mutant | undefined): Promise<string | null> {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-mutant-'));
  try {
    for (const part of ['src', 'soak', 'package.json'])
      cpSync(join(root, part), join(folder, part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    if (mutant) mutate(folder, mutant);
    return await trial(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function mutate(folder: string, { name, file, find, replace }: Mutant): void {
  const path = join(folder, 'src', file);
  const text = readFileSync(path, 'utf8');
  const places = text.split(find).length - 1;
  if (places !== 1)
    throw new Error(`${name}: found its text ${places} times in src/${file}, expected once. Bring it up to date.`);
  writeFileSync(
    path,
    text.replace(find, () => replace),
  );
}

function trial(folder: string): Promise<string | null> {
  const flags = ['--conditions=nightshift-source', '--disable-warning=ExperimentalWarning'];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...flags, join(folder, 'soak', 'trial.ts')],
      { timeout: patienceMs },
      (error, stdout, stderr) => {
        if (!error) return resolve(null);
        if (error.killed) return resolve('it went on for ever');
        const [line = ''] = (stdout.trim() || stderr.trim()).split('\n').slice(-1);
        resolve(line.slice(0, 160));
      },
    );
  });
}
