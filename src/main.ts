/** The entry point of the command. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
// Nothing else may be imported before: an older Node refuses it with words that help nobody.
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `nightshift: found Node ${process.versions.node}, expected 22.18 or newer. Install it: https://nodejs.org`,
  );
  process.exit(1);
}
const { keepCompiled } = await import('./processes/compile-cache.ts');
keepCompiled();
const { endWith } = await import('./cli/output.ts');
const { run } = await import('./cli/run.ts');

endWith(await run(process.argv.slice(2)));
