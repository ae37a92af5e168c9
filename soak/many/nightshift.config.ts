/**
 * Two hundred jobs: four of the six businesses, forty-five times each, and twenty programs and jobs with a process of their own. They all
 * share the services of the six businesses, and their tokens.
 */
import { setTimeout as work } from 'node:timers/promises';
import { command, defineConfig, type EngineDefinition, engine } from 'nightshift';
import { scale, scaled } from '../../examples/hostile-world/scale.ts';
import businesses from '../../examples/six-businesses/nightshift.config.ts';

const copies = 45;
/** Of the programs; as many again end badly, hang, or have a process of their own without being a program. */
const kinds = 5;

const numbered = (name: string, n: number) => `${name}-${String(n + 1).padStart(2, '0')}`;
const timing = { every: scaled('1h'), jitter: scaled('1h'), timeout: scaled('20m'), maxFailures: 1000 };

const programs = Array.from({ length: kinds }, (_, n): EngineDefinition[] => [
  command(numbered('report', n), { ...timing, run: ['sh', '-c', 'sleep 1; echo "a line of a report"'], minOutput: 1 }),
  command(numbered('silent', n), { ...timing, run: ['sh', '-c', 'test $(($$ % 3)) -gt 0 && echo said'], minOutput: 1 }),
  command(numbered('slow', n), { ...timing, run: ['sh', '-c', 'test $(($$ % 5)) -gt 0 || sleep 600; echo done'] }),
  engine(numbered('apart', n), {
    ...timing,
    isolate: 'process',
    async run({ step, service }) {
      await step('think', () => work(200).then(() => null));
      return (await service('ollama').fetch('/v1/models')).status;
    },
  }),
]);

export default defineConfig({
  ...businesses,
  services: {
    ...businesses.services,
    // As many as one business has in real time, for each that there is.
    social: { ...businesses.services?.social, quota: { limit: 8 * scale, per: 'minute' } },
  },
  supervision: { maxRestarts: 100, drain: '10s' },
  builtIn: {},
  engines: [
    ...(businesses.engines ?? []).flatMap((job) =>
      Array.from({ length: copies }, (_, n) => ({ ...job, id: numbered(job.id, n), jitter: scaled('10m') })),
    ),
    ...programs.flat(),
  ],
});
