/**
 * Why a program cannot be started, as far as that can be seen beforehand. The system says of a missing folder, a missing program and a
 * missing interpreter of a script one and the same thing: that there is no such file.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { CommandConfig } from '../../config/config.ts';

/**
 * Of a line for the shell only its folder is looked at.
 *
 * @param path the `PATH` that it gets
 * @returns as in `there is no program 'rsync' on its PATH`
 */
export function programObstacle({ program, cwd, shell }: CommandConfig, path = ''): string | undefined {
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) return `there is no folder ${cwd}`;
  if (shell) return undefined;
  const isPath = program.includes('/');
  const folders = isPath ? [cwd] : path.split(delimiter);
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
