/**
 * The mutation check: breaks the runtime in each of the named ways, and sees whether the invariants or the failure paths notice.
 *
 * Noticed is a mutant of which a rule or a path by name says so: one that only crashes or hangs the trial is listed with how it
 * ended, and counts as one that nothing has noticed. Then the exit code is 1, unless it is among those that are known to survive,
 * with the reason. The runtime as it is goes through the same trial each time.
 */

import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Mutant, mutants, mutated } from './mutants.ts';

const root = join(import.meta.dirname, '..');
/** A mutant may do anything, also go round in circles. A trial takes half a minute, and ten times as long where others are at work. */
const patienceMs = 900_000;

/** With which the trial ends where something has noticed the mutant. */
const noticedCode = 42;
const passed = 'passes';

const only = process.argv.slice(2);
const chosen = mutants.filter(({ name }) => only.length === 0 || only.some((part) => name.includes(part)));
if (chosen.length === 0) throw new Error(`Found no mutant whose name has ${only.join(' or ')} in it, expected one.`);
// One that is out of date is told of now, not after hours.
for (const mutant of chosen) mutated(readFileSync(join(root, 'src', mutant.file), 'utf8'), mutant);
const queue: (Mutant | undefined)[] = [undefined, ...chosen];
const survivors: Mutant[] = [];
let isSound = true;

await Promise.all(Array.from({ length: availableParallelism() }, work));

console.log(`\n${chosen.length - survivors.length} of ${chosen.length} mutants were noticed.`);
for (const { name, survives } of survivors) console.log(`survived: ${name}${survives ? ` (known: ${survives})` : ''}`);
const isNews = survivors.some(({ survives }) => survives === undefined);
if (!isSound) console.log('The runtime as it is does not pass its own trial: nothing of the above counts.');
if (!isSound || isNews) process.exitCode = 1;

async function work(): Promise<void> {
  while (queue.length > 0) {
    const mutant = queue.shift();
    const { isNoticed, line } = await ending(mutant);
    console.log(`${isNoticed ? 'noticed    ' : 'not noticed'}  ${mutant?.name ?? 'the runtime as it is'}: ${line}`);
    if (!mutant) isSound = line === passed;
    else if (!isNoticed) survivors.push(mutant);
  }
}

/** How the trial of a mutant ends: whether a rule or a path has noticed it, and in a line what was said. */
interface Ending {
  isNoticed: boolean;
  line: string;
}

async function ending(mutant: Mutant | undefined): Promise<Ending> {
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

function mutate(folder: string, mutant: Mutant): void {
  const path = join(folder, 'src', mutant.file);
  writeFileSync(path, mutated(readFileSync(path, 'utf8'), mutant));
}

function trial(folder: string): Promise<Ending> {
  const flags = ['--conditions=nightshift-source', '--disable-warning=ExperimentalWarning'];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...flags, join(folder, 'soak', 'trial.ts')],
      { timeout: patienceMs },
      (error, stdout, stderr) => {
        const [last = ''] = (stdout.trim() || stderr.trim()).split('\n').slice(-1);
        if (!error) resolve({ isNoticed: false, line: passed });
        else if (error.killed) resolve({ isNoticed: false, line: 'went on for ever' });
        else if (error.code === noticedCode) resolve({ isNoticed: true, line: last.slice(0, 160) });
        else resolve({ isNoticed: false, line: `ended with ${error.code}: ${last.slice(0, 160)}` });
      },
    );
  });
}
