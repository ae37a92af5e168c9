/**
 * Which services are there that keep a data folder: those whose files say so.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import type { Scope } from './launch.ts';
import { launchdManager } from './launchd-manager.ts';
import type { Manager, ManagerPorts } from './manager.ts';
import { type NotedFile, noteIn } from './note.ts';
import { systemdManager } from './systemd-manager.ts';

export const managers = { systemd: systemdManager, launchd: launchdManager } as const;

/** The manager that a system has. */
export function usualManager(platform: NodeJS.Platform): keyof typeof managers {
  return platform === 'darwin' ? 'launchd' : 'systemd';
}

export interface Installed {
  name: string;
  scope: Scope;
  manager: Manager;
  note: NotedFile;
  /** What stands in its file. */
  text: string;
}

/** @param data the data folder, absolute */
export function installedFor(
  data: string,
  { platform, ...ports }: Omit<ManagerPorts, 'id'> & { platform: NodeJS.Platform },
): Installed[] {
  const make = managers[usualManager(platform)];
  return (['user', 'system'] as const).flatMap((scope) => {
    const { file } = make({ ...ports, id: { name: 'any', scope } });
    return namesIn(dirname(file), extname(file)).flatMap((name) => {
      const manager = make({ ...ports, id: { name, scope } });
      const text = textOf(manager.file);
      const note = noteIn(text);
      return note?.data === data ? [{ name, scope, manager, note, text }] : [];
    });
  });
}

function namesIn(folder: string, ending: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(ending))
      .map((name) => name.slice(0, -ending.length));
  } catch {
    return [];
  }
}

/** Nothing, of one that cannot be read: then it is none of ours. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
