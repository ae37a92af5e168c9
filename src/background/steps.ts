/**
 * What installing or removing a service takes, as data: so that it can be shown before it is done, and said while it is.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeDurableFile } from '../persistence/durable-file.ts';
import { BackgroundError } from './background-error.ts';
import { type Ended, type RunProgram, shellLine, type Words } from './run-program.ts';

export type Step =
  /** For its owner alone. */
  | { do: 'folder'; path: string }
  | { do: 'write'; file: string; text: string }
  | { do: 'remove'; file: string }
  | { do: 'run'; words: Words }
  /** Without which it goes on, when a program refuses: what that means. */
  | { do: 'try'; words: Words; without: string };

/** One line for a person. */
export function stepLine(step: Step): string {
  switch (step.do) {
    case 'folder':
      return `${step.path}: made`;
    case 'write':
      return `${step.file}: written`;
    case 'remove':
      return `${step.file}: removed`;
    case 'run':
    case 'try':
      return `$ ${shellLine(step.words)}`;
    default:
      return step satisfies never;
  }
}

/**
 * Does one after the other, and says so.
 *
 * @param advice what may help when a program refuses: a sentence
 * @throws {BackgroundError} `SERVICE_COMMAND_FAILED` with everything that is left to do, as it can be typed later
 */
export async function carryOut(
  steps: readonly Step[],
  run: RunProgram,
  say: (line: string) => void,
  advice: (ended: Ended) => string,
): Promise<void> {
  for (const [n, step] of steps.entries()) {
    say(stepLine(step));
    const ended = await done(step, run);
    if (!ended || ended.code === 0) continue;
    if (step.do === 'try') say(`  refused (${reason(ended)}): ${step.without}`);
    else throw refused(step, steps.slice(n), ended, advice(ended));
  }
}

async function done(step: Step, run: RunProgram): Promise<Ended | undefined> {
  switch (step.do) {
    case 'folder':
      mkdirSync(step.path, { recursive: true, mode: 0o700 });
      return undefined;
    case 'write':
      mkdirSync(dirname(step.file), { recursive: true });
      writeDurableFile(step.file, step.text, 0o644);
      return undefined;
    case 'remove':
      rmSync(step.file, { force: true });
      return undefined;
    case 'run':
    case 'try':
      return run(step.words);
    default:
      return step satisfies never;
  }
}

function refused(step: Step, left: readonly Step[], ended: Ended, advice: string): BackgroundError {
  const lines = left.flatMap((each) => (each.do === 'run' || each.do === 'try' ? [shellLine(each.words)] : []));
  const words = step.do === 'run' ? shellLine(step.words) : '';
  return new BackgroundError(
    'SERVICE_COMMAND_FAILED',
    `${words}: found that it was refused (${reason(ended)}), expected it done. ${advice} Then run: ${lines.join(' && ')}`,
  );
}

function reason({ isMissing, code, err, out }: Ended): string {
  if (isMissing) return 'there is no such program';
  const said = (err || out).trim().split('\n')[0];
  return said || (code === null ? 'ended by a signal' : `exit code ${code}`);
}
