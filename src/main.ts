/** The entry point of the command. */
import { shadow } from './cli/shadow.ts';

const args = process.argv.slice(2);
if (args[0] === 'shadow' && args.includes('--')) {
  // A job: it runs whatever else there is to say, and whatever other file is damaged.
  await shadow(args.slice(1));
} else {
  refuseOldNode();
  const { keepCompiled } = await import('./processes/compile-cache.ts');
  keepCompiled();
  const { endWith } = await import('./cli/output.ts');
  const { run } = await import('./cli/run.ts');
  endWith(await run(args));
}

/** Nothing but the wrapper may be imported before: an older Node refuses the rest with words that help nobody. */
function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return;
  console.error(
    `nightshift: found Node ${process.versions.node}, expected 22.18 or newer. Install it: https://nodejs.org, or for this folder alone: npm install node@24`,
  );
  process.exit(1);
}
