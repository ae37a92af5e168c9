/**
 * Keeps a config file from ending the process that loads it: `process.exit` throws meanwhile.
 *
 * A script that is imported for one of its functions often runs at once and exits. Whatever had asked for the config would be over then
 * without a word, with the exit code 0: a check that finds nothing wrong, a service that has ended well.
 */
import { syncBuiltinESMExports } from 'node:module';

/** The code of what is thrown. */
export const exitCode = 'EXIT_WHILE_LOADING';

export async function refusingExit<Loaded>(load: () => Promise<Loaded>): Promise<Loaded> {
  const { exit } = process;
  const set = (to: typeof process.exit) => {
    process.exit = to;
    // For whoever has it by `import { exit } from 'node:process'`.
    syncBuiltinESMExports();
  };
  set((code) => {
    throw Object.assign(new Error(`a call of process.exit(${code ?? ''})`), { code: exitCode });
  });
  try {
    return await load();
  } finally {
    set(exit);
  }
}
