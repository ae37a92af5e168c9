/**
 * The jobs of the kill test: six engines of three steps each, against the server whose URL the environment
 * names. Each has a service, and so a breaker, of its own; one of them ignores every abort.
 */
import { clientCredentials, defineConfig, engine, env } from 'nightshift';

const names = ['ada', 'bob', 'cyd', 'dan', 'eve', 'fay'] as const;
const steps = ['fetch', 'build', 'publish'] as const;
const base = process.env.KILL_URL ?? '';
const life = process.env.KILL_LIFE ?? '';

interface Answer {
  run: string;
  step: string;
  request: number;
}

export default defineConfig({
  timeZone: 'UTC',
  tokens: {
    common: clientCredentials({
      tokenUrl: `${base}/token`,
      clientId: 'kill',
      clientSecret: env('KILL_SECRET'),
      refreshBefore: '1s',
    }),
  },
  services: Object.fromEntries(
    names.map((name) => [
      name,
      {
        url: base,
        token: 'common',
        timeout: '600ms',
        breaker: { failures: 3, cooldown: '400ms', cooldownMax: '1s', probeTimeout: '2s' },
      },
    ]),
  ),
  supervision: { maxRestarts: 1_000, drain: '5s' },
  builtIn: { health: false, resources: false },
  engines: names.map((name) =>
    engine(name, {
      every: '700ms',
      timeout: '1500ms',
      retry: { base: '50ms', cap: '400ms', tries: 1_000 },
      maxFailures: 1_000,
      async run({ step, service, runId }) {
        const answers: Answer[] = [];
        for (const each of steps) {
          answers.push(
            await step(each, async ({ idempotencyKey, attempt }) => {
              const headers = {
                'x-engine': name,
                'x-run': runId,
                'x-step': each,
                'x-attempt': String(attempt),
                'x-life': life,
              };
              if (name !== 'fay') {
                const response = await service(name).fetch(`/work/${name}`, { method: 'POST', headers });
                return (await response.json()) as Answer;
              }
              // This one does not listen to its signal: its late answers must not count for anything.
              return service(name).call(async ({ authorization }) => {
                const response = await fetch(`${base}/work/${name}`, {
                  method: 'POST',
                  headers: { ...headers, ...authorization, 'idempotency-key': idempotencyKey },
                });
                if (!response.ok)
                  throw Object.assign(new Error(`status ${response.status}`), { status: response.status });
                return (await response.json()) as Answer;
              });
            }),
          );
        }
        if (answers.some(({ run }) => run !== runId)) throw new Error('an answer of another run');
        return { answers };
      },
    }),
  ),
});
