/**
 * Which jobs' programs could not be started from here: a config is good all the same, for a program may come later, or be on another
 * `PATH` than that of whoever asks.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { commandEnvironment } from '../actors/effects/program.ts';
import type { CommandConfig, Config } from '../config/config.ts';

export interface MissingProgram {
  engine: string;
  /** As in `there is no program 'rsync' on its PATH`. */
  what: string;
}

/** Of a line for the shell only its folder is looked at. */
export function missingPrograms({ engines }: Pick<Config, 'engines'>, env: NodeJS.ProcessEnv): MissingProgram[] {
  return [...engines.values()].flatMap(({ id, command }) => {
    const what = command && obstacle(command, env);
    return what ? [{ engine: id, what }] : [];
  });
}

function obstacle(command: CommandConfig, env: NodeJS.ProcessEnv): string | undefined {
  const { program, cwd, shell } = command;
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) return `there is no folder ${cwd}`;
  if (shell) return undefined;
  const isPath = program.includes('/');
  const folders = isPath ? [cwd] : (commandEnvironment(command, env).PATH ?? '').split(delimiter);
  const places = folders.map((folder) => resolve(cwd, isPath ? program : join(folder, program)));
  if (places.some(isExecutable)) return undefined;
  return places.some(isThere)
    ? `'${program}' may not be executed`
    : `there is no program '${program}'${isPath ? '' : ' on its PATH'}`;
}

function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return isThere(file);
  } catch {
    return false;
  }
}
