/**
 * Which jobs' programs could not be started from here: a config is good all the same, for a program may come later, or be on another
 * `PATH` than that of whoever asks.
 */
import { commandEnvironment } from '../actors/effects/program.ts';
import { programObstacle } from '../actors/effects/program-obstacle.ts';
import type { Config } from '../config/config.ts';

export interface MissingProgram {
  engine: string;
  /** As in `there is no program 'rsync' on its PATH`. */
  what: string;
}

export function missingPrograms({ engines }: Pick<Config, 'engines'>, env: NodeJS.ProcessEnv): MissingProgram[] {
  return [...engines.values()].flatMap(({ id, command }) => {
    const what = command && programObstacle(command, commandEnvironment(command, env).PATH);
    return what ? [{ engine: id, what }] : [];
  });
}
