/**
 * Which lines are written: those of an engine from its own level on, where it has one, all others from the general level on.
 * Both can be changed while the service runs.
 */
import { levels as numbers } from 'pino';
import type { LogLevel } from '../config/definition.ts';

export class LogLevels {
  readonly #atStart: LogLevel;
  #general: LogLevel;
  readonly #own = new Map<string, LogLevel>();

  /** @param atStart the general level, as the start was told or the config says */
  constructor(atStart: LogLevel) {
    this.#atStart = atStart;
    this.#general = atStart;
  }

  /** The general level, and those of engines that have one of their own. */
  all(): { level: LogLevel; engines: Record<string, LogLevel> } {
    return { level: this.#general, engines: Object.fromEntries(this.#own) };
  }

  /**
   * Lasts until the service ends.
   *
   * @param engine null for the general level
   * @param level null: the engine has the general level again, and that is what it was at the start
   */
  set(engine: string | null, level: LogLevel | null): void {
    if (engine === null) this.#general = level ?? this.#atStart;
    else if (level === null) this.#own.delete(engine);
    else this.#own.set(engine, level);
  }

  /**
   * Whether a line is to be written.
   *
   * @param engine null for a line that belongs to none
   * @param level pino's number: 20 is debug, 30 info
   */
  wants(engine: string | null, level: number): boolean {
    const own = engine === null || this.#own.size === 0 ? undefined : this.#own.get(engine);
    return level >= numberOf(own ?? this.#general);
  }
}

/** Which engine an actor belongs to; null for those that are everybody's, as breakers. */
export function engineOf(address: string): string | null {
  return /^(?:engine|heartbeat)\/(.*)$/s.exec(address)?.[1] ?? null;
}

/** Pino's number of a level, as lines have it; `silent` is above all. */
export function numberOf(level: LogLevel): number {
  return level === 'silent' ? Number.POSITIVE_INFINITY : (numbers.values[level] as number);
}
