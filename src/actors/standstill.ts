/**
 * A standstill of the event loop: which effect caused it, and where. The worker that sees one writes it into a file
 * before it ends the effect, for the process may not live to tell its host.
 */
import { rmSync } from 'node:fs';
import { writeDurableFile } from '../persistence/durable-file.ts';
import { textOf } from '../persistence/file-kind.ts';
import { ClassifiedError } from '../policies/failure.ts';
import type { CurrentEffect } from './current-effect.ts';

export interface Standstill {
  effect: CurrentEffect;
  /** Function, file and line. */
  where: string;
  limitMs: number;
}

/** What the effect fails with: of class bug, `LOOP_BLOCKED`. */
export function loopBlocked({ effect, where, limitMs }: Standstill): ClassifiedError {
  const message = `${effect.address}: it held up the event loop for more than ${limitMs / 1000} s (${where}) and was ended. Work that computes for long belongs into a process of its own.`;
  return new ClassifiedError({ class: 'bug', code: 'LOOP_BLOCKED', message });
}

export function keepStandstill(file: string, standstill: Standstill): void {
  writeDurableFile(file, JSON.stringify(standstill), 0o600);
}

/** What an earlier process left behind; undefined when it left nothing, or nothing that can be read. */
export function keptStandstill(file: string): Standstill | undefined {
  try {
    const { effect, where, limitMs } = JSON.parse(textOf(file)) as Partial<Standstill>;
    const isWhole =
      effect?.address && effect.id && effect.ticket && typeof where === 'string' && Number.isFinite(limitMs);
    return isWhole ? { effect, where, limitMs: limitMs as number } : undefined;
  } catch {
    return undefined;
  }
}

export function forgetStandstill(file: string): void {
  rmSync(file, { force: true });
}
