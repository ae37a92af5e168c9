/**
 * `init`: writes a config that explains itself and one example engine. What exists is left as it is, and beside a
 * config of another ending none is written: it would be found first and take the other's place.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { templates } from '../config/template.ts';
import { NightshiftError } from '../errors.ts';
import { createDurableFile } from '../persistence/durable-file.ts';
import { textOf } from '../persistence/file-kind.ts';
import { refusePlanted } from './output-file.ts';
import { configNames } from './place.ts';

/**
 * @param folder that is set up
 * @throws {NightshiftError} `INIT_FAILED` for a folder that cannot be written
 * @throws {UsageError} where another user has put something in the way
 */
export function init(folder: string, { json }: { json?: boolean } = {}): number {
  const files = templates(moduleEnding(folder)).map(({ path, text }) => {
    const names = configNames.includes(path) ? configNames : [path];
    const present = names.find((name) => existsSync(join(folder, name)));
    if (present === undefined) write(join(folder, path), text);
    return { file: present ?? path, isNew: present === undefined };
  });
  if (json) console.log(JSON.stringify({ files }));
  else console.log(readable(files));
  return 0;
}

function readable(files: readonly { file: string; isNew: boolean }[]): string {
  const lines = files.map(({ file, isNew }) => `${file}: ${isNew ? 'written' : 'exists, left as it is'}`);
  return [...lines, '', 'Start it: npx nightshift start'].join('\n');
}

function write(file: string, text: string) {
  refusePlanted('init', file);
  try {
    mkdirSync(dirname(file), { recursive: true });
    createDurableFile(file, text, 0o666);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const message = `${file}: found that it cannot be written (${code}), expected a folder of your own with nothing in its way.`;
    throw new NightshiftError('INIT_FAILED', message, { cause });
  }
}

/** Where package.json says commonjs, Node takes no `import` in a `.ts`. */
export function moduleEnding(folder: string): 'ts' | 'mts' {
  try {
    const { type } = JSON.parse(textOf(join(folder, 'package.json'))) as { type?: string };
    return type === 'commonjs' ? 'mts' : 'ts';
  } catch {
    return 'ts';
  }
}
