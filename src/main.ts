/** The entry point of the command. */
import { endWith } from './cli/output.ts';
import { run } from './cli/run.ts';

endWith(await run(process.argv.slice(2)));
