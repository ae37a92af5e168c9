/**
 * What commands have in common on the command line.
 */
import type { Command } from 'commander';

/** With the options that say where things are. */
export function placed(command: Command): Command {
  return command
    .exitOverride()
    .option('--config <file>', 'the config (default: nightshift.config.ts, .mts, .js or .mjs in this folder)')
    .option('--data <dir>', 'the data folder (default: .nightshift beside the config)')
    .option('--port <n>', 'of the interface on 127.0.0.1 (default: 4100; 0 for any)');
}

/** For an option that may be given several times. */
export function added(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}
