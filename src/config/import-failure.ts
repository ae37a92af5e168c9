/**
 * Why a config file could not be imported, and where.
 *
 * Node tells in the error's code what happened, and in its stack where: on the first line for a syntax
 * error, in the first frame for anything thrown. For a syntax error in plain JavaScript it tells no place
 * at all; there the parser that strips types is asked.
 */
import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Problem } from '../errors.ts';
import type { ConfigProblem } from './config-error.ts';
import { exitCode } from './exit-while-loading.ts';
import { found } from './found.ts';

/**
 * @param file the config file, as it was named
 * @param thrown what its import threw: anything
 */
export async function importFailure(file: string, thrown: unknown): Promise<ConfigProblem> {
  const place = placeOf(thrown) ?? (thrown instanceof SyntaxError ? await placeOfSyntaxError(file) : undefined);
  return { path: place === undefined ? file : shown(file, place), ...problemOf(file, thrown) };
}

function problemOf(file: string, thrown: unknown): Problem {
  const message = messageOf(thrown);
  switch ((thrown as { code?: unknown } | null | undefined)?.code) {
    case 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX':
      return {
        found: message,
        expected: 'TypeScript whose types can be left out',
        fix: 'Write it without enum, namespace and parameter properties.',
      };
    case 'ERR_MODULE_NOT_FOUND':
      return moduleNotFound(message);
    case exitCode:
      return {
        found: message,
        expected: 'a file that can be imported',
        fix: 'Throw an error instead; a script that runs as soon as it is imported belongs into a command().',
      };
    case 'ERR_UNKNOWN_FILE_EXTENSION':
    case 'ERR_IMPORT_ATTRIBUTE_MISSING':
      return {
        found: `a file of the kind '${extname(file)}', or an import of one`,
        expected: 'TypeScript or JavaScript',
        fix: 'Run nightshift init for an example.',
      };
  }
  if (!(thrown instanceof SyntaxError)) {
    return {
      found: `an error while it was loaded (${message})`,
      expected: 'a file that can be imported',
      fix: 'Mend what throws there.',
    };
  }
  if (/^Cannot use import statement outside|^Unexpected token 'export'/.test(message)) {
    return {
      found: 'import or export in a folder whose package.json says "type": "commonjs"',
      expected: 'an ES module',
      fix: 'Set "type": "module" in package.json, or name the file .mts.',
    };
  }
  const missing = /^The requested module '(.+)' does not provide an export named '(.+)'/.exec(message);
  return missing === null
    ? { found: `a syntax error (${message})`, expected: 'TypeScript or JavaScript', fix: 'Mend that line.' }
    : {
        found: `an import of '${missing[2]}', which '${missing[1]}' does not have`,
        expected: 'a name that it exports',
        fix: 'Correct the name or remove the import.',
      };
}

function moduleNotFound(message: string): Problem {
  const [, kind, missing = ''] = /^Cannot find (package|module) '(.+?)'/.exec(message) ?? [];
  const expected = 'imports that lead somewhere';
  return kind === 'package'
    ? {
        found: `an import of the package '${missing}', which is not installed`,
        expected,
        fix: `Run npm install ${missing}.`,
      }
    : { found: `an import of '${missing}', which does not exist`, expected, fix: 'Correct the path, with its ending.' };
}

interface Place {
  /** Absolute path. */
  file: string;
  /** As in `3` or `3:5`. */
  line?: string;
}

function placeOf(thrown: unknown): Place | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const importer = / imported from (.+)$/.exec(messageOf(thrown))?.[1];
  if (importer !== undefined) return { file: toPath(importer) };
  const stack = thrown.stack ?? '';
  const [, file, line] = /^((?:file:|\/|[A-Za-z]:\\).+):(\d+)\n/.exec(stack) ?? [];
  if (file !== undefined && line !== undefined) return { file: toPath(file), line };
  return thrown instanceof SyntaxError ? undefined : firstFrame(stack);
}

/** Where in the user's own files an error comes from: not in a package, and not in this one. */
function firstFrame(stack: string): Place | undefined {
  for (const [, url = '', line = ''] of stack.matchAll(/(file:\/\/[^\s()]+?):(\d+:\d+)\)?$/gm)) {
    const file = toPath(url);
    if (!file.includes('node_modules') && dirname(file) !== import.meta.dirname) return { file, line };
  }
  return undefined;
}

async function placeOfSyntaxError(file: string): Promise<Place | undefined> {
  try {
    stripTypeScriptTypes(await readFile(file, 'utf8'));
    return undefined;
  } catch (error) {
    const line = /^:(\d+)\n/.exec(error instanceof Error ? (error.stack ?? '') : '')?.[1];
    return line === undefined ? undefined : { file: resolve(file), line };
  }
}

function toPath(pathOrUrl: string): string {
  return pathOrUrl.startsWith('file:') ? fileURLToPath(pathOrUrl) : pathOrUrl;
}

/** The place in the terms in which the config file was named. */
function shown(configFile: string, { file, line }: Place): string {
  const folder = dirname(configFile);
  const path = resolve(configFile) === file ? configFile : join(folder, relative(resolve(folder), file));
  return line === undefined ? path : `${path}:${line}`;
}

/** On one line: Node adds further ones to some of its messages. */
function messageOf(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : found(thrown);
  return message.split('\n', 1)[0] ?? '';
}
