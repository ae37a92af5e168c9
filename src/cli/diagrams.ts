/**
 * `diagrams`: writes what every machine looks like, and every engine of a config, for Stately, GitHub, programs and people.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { AnyStateMachine } from 'xstate';
import { loadDefinition } from '../config/load.ts';
import { resolveConfig } from '../config/resolve.ts';
import { engineDiagram } from '../diagrams/engine-diagram.ts';
import { machines, visualizationOf } from '../diagrams/visualization.ts';
import { madeUpEnvironment } from '../testing/world/config-for-world.ts';
import { refusePlanted, writeOutput } from './output-file.ts';
import { patiently } from './patiently.ts';
import { progressOn, type Terminal } from './progress.ts';
import { UsageError } from './usage-error.ts';

export interface DiagramsOptions {
  config?: string;
  out: string;
  json?: boolean;
}

/**
 * Says how far it is in a terminal alone: its one line is all that others want of it.
 *
 * @returns the exit code
 */
export async function diagrams(
  { config, out, json }: DiagramsOptions,
  stderr: Terminal = process.stderr,
): Promise<number> {
  const shown = { ...machines, ...(config === undefined ? {} : await enginesOf(config)) };
  const folder = resolve(out);
  const written: string[] = [];
  refusePlanted('--out', folder);
  makeFolder(folder);
  const count = Object.keys(shown).length;
  const progress = stderr.isTTY ? progressOn(stderr, `drawing ${count} machines`, process.env) : undefined;
  try {
    for (const [n, [name, machine]] of Object.entries(shown).entries()) {
      progress?.at(n / count);
      for (const [file, text] of Object.entries(await visualizationOf(name, machine))) {
        writing(folder, () => writeOutput('--out', join(folder, file), text));
        written.push(file);
      }
    }
  } finally {
    progress?.end();
  }
  console.log(json ? JSON.stringify({ folder, files: written }) : `${folder}: ${written.length} files`);
  return 0;
}

/** One after the other: of all at once, Node never comes back where a file system takes no folders. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  writing(folder, () => mkdirSync(folder));
}

/** @throws {UsageError} when the folder does not take it */
function writing(folder: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError(`--out: found ${folder}, which takes no files (${code}), expected a folder to write to.`);
  }
}

/** What a config takes from the environment is in no diagram, and need not be there. */
async function enginesOf(config: string): Promise<Record<string, AnyStateMachine>> {
  const file = resolve(config);
  const { engines } = resolveConfig(await patiently(file, loadDefinition(file)), madeUpEnvironment, dirname(file));
  return Object.fromEntries([...engines].map(([id, engine]) => [`engine-${id}`, engineDiagram(engine)]));
}
