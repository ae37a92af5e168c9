/**
 * What `nightshift init` writes: a config that explains itself, and one engine that runs at once, without
 * an account and without the network.
 */

export interface Template {
  /** Relative to the folder that is set up. */
  path: string;
  text: string;
}

/**
 * The files, the config first.
 *
 * @param ending `'mts'` for a folder whose package.json says `"type": "commonjs"`, where Node takes no `import` in a `.ts`
 */
export function templates(ending: 'ts' | 'mts' = 'ts'): Template[] {
  return [
    { path: `nightshift.config.${ending}`, text: config(ending) },
    { path: `engines/hello.${ending}`, text: hello },
  ];
}

const config = (ending: string) => `/**
 * What nightshift runs. After a change: nightshift check, and nightshift reload while it runs.
 *
 * A mistake in here is named with its place before anything starts.
 */
import { defineConfig } from 'nightshift';
import { hello } from './engines/hello.${ending}';

export default defineConfig({
  // In which schedules are read. Without it: the machine's own.
  // timeZone: 'Europe/Berlin',

  // Hours in which an engine may run, used by name: window: 'daytime'
  // windows: { daytime: { from: '09:00', to: '22:00' } },

  // Keys and logins. env('NAME') takes the value from the environment; import it, bearer and
  // oauth2 from 'nightshift'. A login is refreshed before it runs out.
  // tokens: {
  //   github: bearer(env('GITHUB_TOKEN')),
  //   google: oauth2({
  //     tokenUrl: 'https://oauth2.googleapis.com/token',
  //     clientId: env('GOOGLE_ID'),
  //     clientSecret: env('GOOGLE_SECRET'),
  //     refreshToken: env('GOOGLE_REFRESH'),
  //   }),
  // },

  // What the engines depend on. A service that keeps failing is left alone for a while.
  // services: {
  //   github: { url: 'https://api.github.com', token: 'github', timeout: '30s' },
  // },

  // The jobs.
  engines: [hello],
});
`;

const hello = `/**
 * An example: every minute, writes a greeting to hello.txt.
 *
 * The job has two steps. The result of each is kept, so that after a crash or a restart the job goes
 * on where it was and does not do the first one again.
 */
import { writeFile } from 'node:fs/promises';
import { engine } from 'nightshift';

export const hello = engine('hello', {
  every: '1m', // or a cron expression: schedule: '0 9 * * mon-fri'
  timeout: '30s',

  async run({ step, dueAt, log, signal }) {
    const greeting = await step('compose', () => \`Hello! This run was due at \${new Date(dueAt).toISOString()}.\`);

    const file = await step('write', async () => {
      await writeFile('hello.txt', \`\${greeting}\\n\`, { signal });
      return 'hello.txt';
    });

    log.info({ file }, 'greeting.written');
    return { file, greeting };
  },
});
`;
