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

/** One line for a person: of a program that it runs, of a file that it is there or gone. */
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

/** The same for machines, without the text of a file. */
export function stepFacts(step: Step): object {
  switch (step.do) {
    case 'folder':
      return { do: step.do, path: step.path };
    case 'write':
    case 'remove':
      return { do: step.do, file: step.file };
    case 'run':
    case 'try':
      return { do: step.do, command: shellLine(step.words) };
    default:
      return step satisfies never;
  }
}

/** Hears what is done, and what a person should know of it. */
export interface StepTold {
  step(step: Step): void;
  note(line: string): void;
}

/**
 * Does one after the other, and says so: before a program runs, and once a file is there or gone.
 *
 * @param advice what may help when a program refuses: a sentence
 * @throws {BackgroundError} `SERVICE_COMMAND_FAILED` with everything that is left to do, as it can be typed later; `SERVICE_UNWRITABLE`
 */
export async function carryOut(
  steps: readonly Step[],
  run: RunProgram,
  tell: StepTold,
  advice: (ended: Ended) => string,
): Promise<void> {
  for (const [n, step] of steps.entries()) {
    if (step.do !== 'run' && step.do !== 'try') {
      change(step);
      tell.step(step);
      continue;
    }
    tell.step(step);
    const ended = await run(step.words);
    if (ended.code === 0) continue;
    if (step.do === 'try') tell.note(`  refused (${reason(ended)}): ${step.without}`);
    else throw refused(step, steps.slice(n), ended, advice(ended));
  }
}

type Change = Exclude<Step, { words: Words }>;

/** @throws {BackgroundError} `SERVICE_UNWRITABLE` */
function change(step: Change): void {
  try {
    changeFiles(step);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const what = step.do === 'folder' ? step.path : step.file;
    const message = `${what}: found that the system refuses to have it ${step.do === 'remove' ? 'removed' : 'written'} (${code}), expected a place of your own with room. Mend that, and give the command again.`;
    throw new BackgroundError('SERVICE_UNWRITABLE', message, { cause });
  }
}

function changeFiles(step: Change): void {
  switch (step.do) {
    case 'folder':
      mkdirSync(step.path, { recursive: true, mode: 0o700 });
      return;
    case 'write':
      mkdirSync(dirname(step.file), { recursive: true });
      writeDurableFile(step.file, step.text, 0o644);
      return;
    case 'remove':
      rmSync(step.file, { force: true });
      return;
    default:
      step satisfies never;
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
