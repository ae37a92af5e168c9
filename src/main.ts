/**
 * The entry point of the command. What V8 makes of the sources is kept from one start to the next, below the
 * system's folder for temporary files: a command answers in half the time, and a service is back sooner.
 */
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { endWith } = await import('./cli/output.ts');
const { run } = await import('./cli/run.ts');

endWith(await run(process.argv.slice(2)));
