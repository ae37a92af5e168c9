/**
 * Asks npm whether what is installed is signed by the registry that it came from. Where the keys cannot be had (no network, a
 * mirror that hands on no signatures) it says so and fails nothing: what counts then is the lock file, by whose hashes everything was
 * installed.
 */
import { join } from 'node:path';
import { askNpm } from '../src/engines/npm.ts';

interface Verdict {
  invalid?: { name: string; version: string }[];
  missing?: { name: string; version: string }[];
}

const args = [
  'audit',
  'signatures',
  '--json',
  '--fetch-retries=1',
  '--fetch-retry-mintimeout=1000',
  '--fetch-timeout=20000',
];
const { said, reason } = await ask();
const { invalid, missing } = said as Verdict;
if (!(invalid && missing)) console.log(`Signatures were not looked at: ${reason}`);
else {
  const wrong = [...invalid, ...missing];
  for (const { name, version } of invalid) console.error(`${name}@${version}: its signature is not the registry's.`);
  for (const { name, version } of missing) console.error(`${name}@${version}: it has no signature.`);
  if (wrong.length === 0) console.log('Everything that is installed is signed by its registry.');
  else process.exitCode = 1;
}

async function ask(): Promise<{ said: unknown; reason: string }> {
  try {
    const { said, code, summary } = await askNpm(
      args,
      join(import.meta.dirname, '..'),
      process.env,
      new AbortController().signal,
    );
    return { said, reason: code === null ? 'npm says nothing of them' : `${code}: ${summary}` };
  } catch (error) {
    return { said: {}, reason: (error as Error).message };
  }
}
