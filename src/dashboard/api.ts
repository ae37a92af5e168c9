/**
 * The HTTP interface: what the service is doing, and the commands that a person may give it.
 */
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import { type Address, type Host, HostError } from '../actors/host.ts';
import { nearest } from '../config/nearest.ts';
import { readLedger } from '../persistence/ledger.ts';
import type { Store } from '../persistence/store.ts';
import { ownHostOnly, tokenOnly } from './access.ts';
import { actorView } from './actor-view.ts';

export interface ApiPorts {
  host: Host;
  store: Store;
  /** What commands have to bring along. */
  token: string;
  /** The supervisor's state. */
  state: () => string;
  now: () => number;
  redact: (text: string) => string;
}

const ledgerEntriesMax = 50;
const bodyBytesMax = 64 * 1024;

/** What a person may send, by kind of actor. Everything else is between the actors and their host. */
const commands: Record<string, readonly string[]> = {
  engine: ['engine.trigger', 'engine.pause', 'engine.resume'],
  breaker: ['breaker.reset', 'breaker.isolate'],
  token: ['token.provided'],
};
/** Puts an actor that the host gave up back into service. */
const resetCommand = 'actor.reset';

const command = z.strictObject({ type: z.string(), reason: z.string().max(500).optional() });

export function createApi(ports: ApiPorts): Hono {
  const { host, state } = ports;
  const app = new Hono();
  app.use(ownHostOnly);
  app.use(async (context, next) => {
    await next();
    context.header('cache-control', 'no-store');
    context.header('x-content-type-options', 'nosniff');
  });

  app.get('/healthz', (context) => context.json({ alive: true }));
  app.get('/readyz', (context) => {
    const reason = state() === 'running' ? host.storeError?.message : `the service is ${state()}`;
    return reason === undefined ? context.json({ ready: true }) : context.json({ ready: false, reason }, 503);
  });
  app.get('/api/actors', (context) =>
    context.json({
      state: state(),
      at: ports.now(),
      actors: host.addresses().map((address) => viewOf(host, address)),
      quarantine: host.quarantine(),
      ...(host.storeError && { storeError: host.storeError.message }),
    }),
  );
  app.get('/api/actors/:kind/:id', async (context) => {
    const address = addressOf(context);
    if (!host.addresses().includes(address)) return unknown(context, host, address);
    const { value, context: memory, timers, effects } = host.read(address);
    const entries = await readLedger(ports.store, address);
    const ledger = entries.slice(-ledgerEntriesMax);
    return context.json({ ...viewOf(host, address), value, context: memory, timers, effects, ledger } as never);
  });
  app.post(
    '/api/actors/:kind/:id/events',
    tokenOnly(ports.token),
    bodyLimit({
      maxSize: bodyBytesMax,
      onError: (context) => context.json({ error: `expected a body of at most ${bodyBytesMax} bytes.` }, 413),
    }),
    (context) => take(context, ports),
  );
  app.notFound((context) => context.json({ error: `${context.req.path}: there is nothing here.` }, 404));
  app.onError((error, context) => context.json({ error: ports.redact(error.message) }, 500));
  return app;
}

async function take(context: Context, { host, state }: ApiPorts) {
  const address = addressOf(context);
  if (!host.addresses().includes(address)) return unknown(context, host, address);
  if (!context.req.header('content-type')?.startsWith('application/json')) {
    return context.json({ error: 'expected the content type application/json.' }, 415);
  }
  const body = command.safeParse(await context.req.json().catch(() => undefined));
  const allowed = [...(commands[address.slice(0, address.indexOf('/'))] ?? []), resetCommand];
  if (!body.success || !allowed.includes(body.data.type)) {
    return context.json({ error: `expected { "type": … } with one of ${allowed.join(', ')}.` }, 400);
  }
  if (state() !== 'running') return context.json({ error: `the service is ${state()}: try again later.` }, 503);
  if (host.storeError) return context.json({ error: host.storeError.message }, 503);
  if (body.data.type === resetCommand) {
    await host.reset(address);
    return context.json({ taken: true, ...viewOf(host, address) });
  }
  try {
    const taken = await host.ask(address, body.data);
    return context.json({ taken, ...viewOf(host, address) }, taken ? 200 : 409);
  } catch (error) {
    if (error instanceof HostError && error.code === 'ACTOR_HALTED') {
      return context.json({ taken: false, error: error.message, ...viewOf(host, address) }, 409);
    }
    throw error;
  }
}

function addressOf(context: Context): Address {
  return `${context.req.param('kind')}/${context.req.param('id')}`;
}

function viewOf(host: Host, address: Address) {
  const { snapshot, halted } = host.status(address);
  return actorView(address, snapshot, halted);
}

function unknown(context: Context, host: Host, address: Address) {
  const near = nearest(address, host.addresses());
  const hint = near ? ` Did you mean ${near}?` : '';
  return context.json({ error: `${address}: there is no such actor.${hint}`, near: near ?? null }, 404);
}
