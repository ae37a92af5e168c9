/**
 * Units of systemd where systemd looks for them, and wherever else somebody names.
 */
import { accessSync, constants, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, parse, resolve } from 'node:path';
import type { FoundTimer } from '../moving-in/systemd/import-timers.ts';
import type { UnitText } from '../moving-in/systemd/unit-file.ts';
import { textOf } from '../persistence/file-kind.ts';
import { UsageError } from './usage-error.ts';

export type UnitKind = 'system' | 'user';

/** Folders with units, those first that win over the others. @see systemd.unit(5), "Unit File Load Path" */
function searchPath(kind: UnitKind, { config, data }: OwnFolders): string[] {
  const shared = ['/usr/local/lib/systemd', '/usr/lib/systemd', '/lib/systemd'].map((folder) => join(folder, kind));
  if (kind === 'system') return ['/etc/systemd/system', '/run/systemd/system', ...shared];
  return [join(config, 'systemd/user'), '/etc/systemd/user', join(data, 'systemd/user'), ...shared];
}

/** Where a user keeps settings and data. @see XDG Base Directory Specification */
export interface OwnFolders {
  config: string;
  data: string;
}

export function ownFolders(home: string, env: Readonly<Record<string, string | undefined>>): OwnFolders {
  return {
    config: env.XDG_CONFIG_HOME || join(home, '.config'),
    data: env.XDG_DATA_HOME || join(home, '.local/share'),
  };
}

export class UnitFolders {
  /** Named by hand; they win over all others. */
  readonly #named: readonly string[];
  readonly #kind: UnitKind;
  readonly #own: OwnFolders;

  constructor(kind: UnitKind, own: OwnFolders, named: readonly string[] = []) {
    this.#kind = kind;
    this.#own = own;
    this.#named = named.map((path) => (isFolder(path) ? resolve(path) : dirname(resolve(path))));
  }

  /** Where the owner of the machine, or the user, keeps units. */
  get ownFolder(): string {
    return searchPath(this.#kind, this.#own)[0] ?? '';
  }

  /** The timers of the machine's owner or of the user: what came with the system stays with it. */
  own(): FoundTimer[] {
    const folders = searchPath(this.#kind, this.#own);
    const own = this.ownFolder;
    const wanted = new Set(
      folders.flatMap((folder) =>
        namesIn(folder)
          .filter((name) => /\.(?:wants|requires)$/.test(name))
          .flatMap((name) => namesIn(join(folder, name))),
      ),
    );
    const written = timersIn(own).filter((file) => dirname(realPath(file)) === realPath(own));
    const instances = [...wanted].filter(
      (name) => /@.+\.timer$/.test(name) && timersIn(own, templateOf(name)).length > 0,
    );
    const names = [...new Set([...written.map((file) => basename(file)), ...instances])].sort();
    return names.map((name) => this.#found(name, join(own, name), wanted.has(name)));
  }

  /**
   * The timers of a file or of a folder.
   *
   * @throws {UsageError} for what is neither
   */
  timersOf(path: string): FoundTimer[] {
    const file = resolve(path);
    if (isFolder(file)) return timersIn(file).map((each) => this.#found(basename(each), each, true));
    if (!isFile(file))
      throw new UsageError(
        `${path}: found nothing there, expected a timer such as backup.timer, or a folder with timers.`,
      );
    if (!file.endsWith('.timer'))
      throw new UsageError(`${path}: found a file of another kind, expected a timer such as backup.timer.`);
    return [this.#found(basename(file), file, true)];
  }

  /** The unit's file, and what is dropped into it, the first first. Empty when there is none. */
  textsOf(name: string): UnitText[] {
    const folders = [...this.#named, ...searchPath(this.#kind, this.#own)];
    const names = [name, ...(name.includes('@') ? [templateOf(name)] : [])];
    const file = names.flatMap((each) => folders.map((folder) => join(folder, each))).find(isFile);
    if (file === undefined) return [];
    // One of the same name takes its place that is about fewer units or, about the same ones, in a folder that wins.
    const dropIns = new Map<string, string>();
    for (const each of dropInNames(names).toReversed()) {
      for (const folder of folders.toReversed()) {
        for (const part of namesIn(join(folder, `${each}.d`)))
          if (part.endsWith('.conf')) dropIns.set(part, join(folder, `${each}.d`, part));
      }
    }
    const parts = [...dropIns].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, part]) => part);
    return [file, ...parts].map((path) => ({ file: path, text: unitText(path) }));
  }

  #found(name: string, file: string, isEnabled: boolean): FoundTimer {
    return { name, file, kind: this.#kind, isEnabled };
  }
}

/** `backup@.timer` for `backup@shop.timer`. */
function templateOf(name: string): string {
  return name.replace(/@[^@]*(?=\.[^.]+$)/, '@');
}

/**
 * As whose something is dropped into a unit, whose own names come first: also as `sync-.service` into `sync-shop.service`, and as `service` into all.
 *
 * @see systemd.unit(5), "Description"
 */
function dropInNames(names: readonly string[]): string[] {
  const { name, ext } = parse(names[0] ?? '');
  const parts = (name.split('@')[0] ?? '').split('-');
  const beginnings = parts.slice(1).map((_, n) => `${parts.slice(0, parts.length - 1 - n).join('-')}-${ext}`);
  return [...names, ...beginnings, ext.slice(1)];
}

/** Templates are none: only their instances are started. */
function timersIn(folder: string, only?: string): string[] {
  return namesIn(folder)
    .filter((name) => (only === undefined ? name.endsWith('.timer') && !name.endsWith('@.timer') : name === only))
    .map((name) => join(folder, name))
    .filter((file) => isFile(file) && !isAlias(file))
    .sort();
}

/** A link to another timer is that timer, by one name more; one to a template is an instance of it. */
function isAlias(file: string): boolean {
  const [name, real] = [basename(file), basename(realPath(file))];
  return real !== name && real.endsWith('.timer') && real !== templateOf(name);
}

export function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Nothing of what is masked, by a link to `/dev/null`. */
function unitText(file: string): string {
  try {
    return textOf(file);
  } catch {
    return '';
  }
}
