/**
 * Who keeps the service running: systemd or launchd, each with its file, its commands and its own words for how a service stands.
 */
import type { Launch, Scope } from './launch.ts';
import type { Ended, RunProgram, Words } from './run-program.ts';
import type { Step } from './steps.ts';

/** The one service that is meant. */
export interface ServiceId {
  name: string;
  scope: Scope;
}

/** How the manager sees it. */
export interface Standing {
  /** Its own words: `active (running)`. */
  state: string;
  isUp: boolean;
  /** Whether it is started with the machine, or at the login. */
  isEnabled: boolean;
  pid: number | null;
  /** How often the manager has started it again by itself; null where it does not count. */
  restarts: number | null;
  /** What the service has told it last. */
  says: string | null;
  /** Files that change what ours says. */
  dropIns: readonly string[];
}

export interface LogWish {
  follow: boolean;
  lines: string | undefined;
  /** As JSON, an object a line. launchd has none. */
  json: boolean;
}

export interface Manager {
  name: 'systemd' | 'launchd';
  /** Where the file of the service is. */
  file: string;
  /** @throws {BackgroundError} `SERVICE_NO_MANAGER` */
  check(): Promise<void>;
  /** The text of the file. */
  text(launch: Launch): Promise<string>;
  /** From the written file to the running service. @param isNew the file is another one than before */
  activation(isNew: boolean): Promise<Step[]>;
  /** From the running service to the file that is to be removed, and after that. */
  deactivation(): Promise<{ before: Step[]; after: Step[]; left: string[] }>;
  standing(): Promise<Standing>;
  /** Shows what the service has said. */
  logs(wish: LogWish): Words;
  /** What may help when one of its programs refuses: a sentence. */
  advice(ended: Ended): string;
}

export interface ManagerPorts {
  id: ServiceId;
  run: RunProgram;
  /** Of whoever types the command. */
  home: string;
  user: string;
  uid: number;
  env: Readonly<Record<string, string | undefined>>;
}
