/**
 * A job of another scheduler, as it was found, and what `command()` makes of it.
 */
import type { CommandOptions } from '../config/definition.ts';

export interface FoundJob {
  /** Where it stands, as in `line 12` or `backup.timer`. */
  place: string;
  /** As it is written there, on one line. */
  source: string;
  /** What whoever wrote it says about it, a line each. */
  notes: readonly string[];
  /** Ids that would suit it, the shortest first: each tells it from more others than the one before. */
  names: readonly string[];
  /** null when it cannot be carried over. */
  options: CommandOptions | null;
  /** Files with variables that are read when the config is. Absent: there are none. */
  environmentFiles?: readonly EnvironmentFile[];
  /** What could not be carried over, or not at all and why: sentences. */
  remarks: readonly string[];
}

/** A file of lines such as `NAME=value`, absolute. */
export interface EnvironmentFile {
  file: string;
  /** It may be missing. */
  isOptional: boolean;
}

/** A user of this machine. */
export interface Account {
  name: string;
  home: string;
  isRoot: boolean;
}

/** A job with an id of its own. */
export interface NamedJob extends FoundJob {
  id: string;
}

/** Everything that was found in one place. */
export interface Found {
  /** What it was found in, as in `crontab -l`. */
  from: string;
  jobs: readonly FoundJob[];
  /** What concerns several jobs and could not be carried over: sentences. */
  remarks: readonly string[];
  /** Values that jobs share, in the order in which they are needed. */
  constants: readonly Constant[];
  /** Where cron sends mail. Absent: nowhere. */
  mailTo?: string;
}

/** A value with a name, which jobs name instead of repeating it. */
export interface Constant {
  name: string;
  /** A line each. */
  comment: readonly string[];
  value: Readonly<Record<string, unknown>>;
  /** What is to be said of one of its entries. */
  remarks?: Readonly<Record<string, string>>;
}

/** Why a job was not carried over. */
export function leftOut(job: Omit<FoundJob, 'options' | 'remarks'>, ...remarks: string[]): FoundJob {
  return { ...job, options: null, remarks };
}

/** What is to be said of jobs that root runs: sentences. Those of other users go through runuser, and say so. */
export function remarksOnRoot({ isRoot }: Account, jobs: readonly FoundJob[]): string[] {
  const isRoots = ({ options }: FoundJob) => options !== null && options.run[0] !== runuser;
  return isRoot && jobs.some(isRoots) ? [rootsAlone] : [];
}

/** How a job of another user is run by root. */
export const runuser = '/sbin/runuser';

const rootsAlone =
  "These are jobs of root. They keep its rights where root runs nightshift start; nightshift service install gives root's to nobody, and leaves /root empty: what needs either stays where it is.";
