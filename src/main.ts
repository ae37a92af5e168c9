/**
 * The entry point of the command. What V8 makes of the sources is kept from one start to the next, below the
 * system's folder for temporary files: a command answers in half the time, and a service is back sooner.
 */
import module from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
// Nothing else may be imported before: an older Node refuses it with words that help nobody.
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `nightshift: found Node ${process.versions.node}, expected 22.18 or newer. Install it: https://nodejs.org`,
  );
  process.exit(1);
}
module.enableCompileCache();
const { endWith } = await import('./cli/output.ts');
const { run } = await import('./cli/run.ts');

endWith(await run(process.argv.slice(2)));
