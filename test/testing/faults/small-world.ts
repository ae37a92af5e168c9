/**
 * A small world to meet each fault of the catalogue in: an engine with a token, two services, and a program.
 */
import { command, defineConfig, engine, oauth2 } from 'nightshift';
import { recordKey } from '../../../src/persistence/record.ts';
import type { Fault } from '../../../src/testing/faults/fault.ts';
import type { Invariant, WorldEvent } from '../../../src/testing/invariants/invariant.ts';
import { helpfulPerson } from '../../../src/testing/world/alert-inbox.ts';
import type { Injection } from '../../../src/testing/world/chaos.ts';
import { answer, type Handler } from '../../../src/testing/world/network.ts';
import { World } from '../../../src/testing/world/world.ts';

const tokenUrl = 'https://login.example/token';

export const config = defineConfig({
  timeZone: 'Europe/Berlin',
  tokens: {
    studio: oauth2({ tokenUrl, clientId: 'studio', clientSecret: 'a-secret', refreshToken: 'the-first-one' }),
  },
  services: {
    video: { url: 'https://video.example', token: 'studio' },
    social: { url: 'https://social.example' },
  },
  engines: [
    engine('upload', {
      every: '1h',
      minOutput: 1,
      async run({ step, service }) {
        const id = await step('upload', async () => {
          const response = await service('video').fetch('/videos', { method: 'POST' });
          return idIn(await response.text());
        });
        await step('announce', async () => {
          await (await service('social').fetch('/posts', { method: 'POST', body: id })).text();
        });
        return id;
      },
    }),
    command('import', { every: '1h', run: ['import'], timeout: '10m', memory: '200MB', minOutput: 1 }),
  ],
});

function idIn(text: string): string {
  const failure = { class: 'recoverable', code: 'ANSWER_UNREADABLE', message: 'an answer that makes no sense' };
  const found = /"id":"([^"]+)"/.exec(text)?.[1];
  if (found === undefined) throw Object.assign(new Error(failure.message), { failure });
  return found;
}

export interface Met {
  world: World;
  injection: Injection;
  events: readonly WorldEvent[];
  since: readonly WorldEvent[];
  /** How often each thing was done at the services, by idempotency key. */
  made: ReadonlyMap<string, number>;
  /** The finished steps of the run on disk, when the fault happened. */
  stepsOnDisk: readonly string[];
}

/** Lives for so many hours, with the fault happening once, in the first run. */
export async function meet(fault: Fault, hours = 12): Promise<Met> {
  return live([await injectionOf(fault)], hours);
}

/** Lives without any fault. */
export async function plain(hours = 12): Promise<Met> {
  return live([], hours);
}

async function live(faults: Injection[], hours: number): Promise<Met> {
  const events: WorldEvent[] = [];
  const made = new Map<string, number>();
  const stepsOnDisk: string[] = [];
  const service: Handler = ({ headers }) => {
    const key = headers.get('idempotency-key') ?? '';
    made.set(key, (made.get(key) ?? 0) + 1);
    return answer(200, { id: `made-${key}` });
  };
  const listening: Invariant = {
    name: 'listens',
    watch: (watched) => ({
      seen: (event) => {
        events.push(event);
        if (event.type !== 'fault') return;
        const record = watched.onDisk(recordKey('engine/upload')) as { snapshot?: object } | undefined;
        stepsOnDisk.push(...(/"steps":\{([^}]*)\}/.exec(JSON.stringify(record))?.[1]?.match(/\w+(?=":)/g) ?? []));
      },
    }),
  };
  const world = new World({
    config,
    services: { video: service, social: service },
    faults,
    person: helpfulPerson,
    invariants: [listening],
  });
  await world.run({ hours });
  await world.close();
  const from = events.findIndex((event) => event.type === 'fault');
  const [injection] = faults as [Injection];
  return { world, injection, events, since: from < 0 ? [] : events.slice(from), made, stepsOnDisk };
}

async function injectionOf(fault: Fault): Promise<Injection> {
  switch (fault.kind) {
    case 'call':
      return { fault, call: { service: fault.to === 'token server' ? `token server ${tokenUrl}` : 'video', nth: 1 } };
    case 'disk':
    case 'kill':
      return { fault, write: await stepWrite() };
    case 'program':
      return { fault, program: { engine: 'import', nth: 1 } };
    case 'machine':
      return { fault, afterMs: 90 };
    default:
      return fault satisfies never;
  }
}

/** The write that makes the first step durable. */
async function stepWrite(): Promise<number> {
  const { events } = await live([], 1);
  const made = events.findIndex(
    (event) => event.type === 'transition' && event.transition.event.type === 'step.completed',
  );
  return events.slice(0, made).filter(({ type }) => type === 'committed').length;
}
