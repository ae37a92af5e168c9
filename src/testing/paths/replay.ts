/**
 * How to see one path again: by two variables in the environment, and whatever runs the tests.
 */
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Names the only path to try. */
export const pathVariable = 'NIGHTSHIFT_PATH';
/** Stands between the engine and the name of its path. */
export const pathSeparator = ' ▸ ';
/** Takes the place of the seed. */
export const seedVariable = 'NIGHTSHIFT_SEED';

const ownFolder = dirname(import.meta.dirname);

/** A line for the shell. @param file the test's, absolute, if that is known */
export function replayLine(name: string, seed: number, file: string | undefined): string {
  const runner = process.env.VITEST === undefined ? 'node --test' : 'npx vitest run';
  const command = file === undefined ? runner : `${runner} ${relative(process.cwd(), file)}`;
  return `${pathVariable}='${name.replaceAll("'", String.raw`'\''`)}' ${seedVariable}=${seed} ${command}`;
}

/** The outermost file, absolute, that led to the present call, without the packages on the way; undefined when there is none. */
export function callingFile(): string | undefined {
  const { stack = '' } = new Error('where');
  const files = Array.from(
    stack.matchAll(/(?:\(|at (?:async )?)((?:file:\/\/)?[/A-Z][^():]*(?::[\\/][^():]*)?):\d+:\d+/g),
    ([, place = '']) => (place.startsWith('file:') ? fileURLToPath(place) : place),
  );
  return files.findLast((file) => !file.startsWith(ownFolder) && !file.includes('node_modules'));
}
