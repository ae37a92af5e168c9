/**
 * The HTTP interface: what the service is doing, and the commands that a person may give it.
 */
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import type { Run } from '../policies/run.ts';
import { stateName } from '../policies/state-name.ts';
import type { Address, DurableSnapshot } from '../stream.ts';
import { mayRead, operatorOnly, refuseStranger } from './access.ts';
import { type ActorView, viewOf } from './actor-view.ts';
import type { Changes } from './changes.ts';
import { commandsTaken, give, readCommand } from './command.ts';
import { type DiagramPorts, serveDiagrams } from './diagram-routes.ts';
import { type Door, ownHostOnly, thisMachine } from './door.ts';
import { serveEvents } from './event-routes.ts';
import { type HealedPorts, serveHealed } from './healed-routes.ts';
import { incidentViews, seenOf } from './incident-view.ts';
import { type LogPorts, serveLog } from './log-routes.ts';
import { type MetricsPorts, serveMetrics } from './metrics-routes.ts';
import { servePage } from './page-routes.ts';
import { type ReloadPorts, serveReload } from './reload-routes.ts';
import { RequestRate, withinRate } from './request-rate.ts';
import { runsView } from './runs-view.ts';
import { securityHeaders } from './security-headers.ts';
import { serveSessions, sessionPath } from './session-routes.ts';
import { Sessions } from './sessions.ts';
import { settingsView } from './settings-view.ts';
import { stepWay } from './step-way.ts';
import { unknownActor } from './unknown-actor.ts';
import { type Unreadable, unreadableView } from './unreadable.ts';
import { WrongTokens } from './wrong-tokens.ts';

export interface ApiPorts extends MetricsPorts, LogPorts, HealedPorts, DiagramPorts, ReloadPorts {
  changes: Changes;
  /** What commands have to bring along. */
  token: string;
  /** The supervisor's state. */
  state: () => string;
  unreadable: Unreadable;
  redact: (text: string) => string;
}

const bodyBytesMax = 64 * 1024;

/** @param door where its requests come in. Default: {@link thisMachine} */
export function createApi(ports: ApiPorts, door: Door = thisMachine): Hono {
  const { host, state, changes } = ports;
  const sessions = new Sessions(ports);
  const wrong = new WrongTokens(ports.now);
  const operator = operatorOnly(ports.token, sessions, wrong);
  const app = new Hono();
  const isOperator = (context: Context) => mayRead(context, ports.token, sessions);
  app.use(securityHeaders, withinRate(new RequestRate(ports.now), isOperator), ownHostOnly(door));
  // What is the same for everybody needs no redactor, and a stream passes it by itself, event by event.
  servePage(app);
  const isWelcome = (context: Context) => !door.isForOperatorAlone || isOperator(context);
  app.use(async (context, next) =>
    context.req.path === sessionPath || isWelcome(context) ? next() : refuseStranger(context, wrong),
  );
  serveEvents(app, ports, isWelcome);
  app.use(lastDoor(ports.redact));

  app.get('/healthz', (context) => context.json({ alive: true }));
  app.get('/readyz', (context) => {
    const reason = state() === 'running' ? host.storeError?.message : `the service is ${state()}`;
    return reason === undefined ? context.json({ ready: true }) : context.json({ ready: false, reason }, 503);
  });
  app.get('/api/actors', (context) =>
    context.json({
      state: state(),
      at: ports.now(),
      actors: host.addresses().map((address) => listed(ports, address)),
      // Without the records themselves, which stand in the store.
      quarantine: host.quarantine().map(({ address, at, reason, key }) => ({ address, at, reason, key })),
      ...(host.storeError && { storeError: host.storeError.message }),
    }),
  );
  app.get('/api/incidents', (context) =>
    context.json({ at: ports.now(), incidents: incidentViews(seenOf(host), ports.now()) }),
  );
  serveHealed(app, ports);
  serveDiagrams(app, ports);
  serveMetrics(app, ports);
  serveLog(app, ports, operator);
  app.get('/api/actors/:kind/:id', async (context) => {
    const address = addressOf(context);
    if (!host.addresses().includes(address)) return unknownActor(context, host, address);
    const { value, context: memory, timers, effects } = host.read(address);
    const ledger = await changes.entries(address);
    const moved = changes.path(address);
    const path = moved.length > 0 ? moved : [stateName(value)];
    const takes = commandsTaken(host, address);
    const description = descriptionOf(host.read(address));
    const engine = address.startsWith('engine/') ? ports.config.engines.get(context.req.param('id')) : undefined;
    const steps = stepWay(engine, memory as { run?: Run | null }, stateName(value), ledger);
    return context.json({
      ...viewOf(host, address),
      ...{ value, context: memory, timers, effects, ledger, takes, description, path, steps },
    } as never);
  });
  app.get('/api/actors/:kind/:id/runs', async (context) => {
    const address = addressOf(context);
    if (!host.addresses().includes(address)) return unknownActor(context, host, address);
    return context.json(await runsView(host, changes, address, ports.now()));
  });
  app.get('/api/settings', (context) => context.json(settingsView(ports.config)));
  serveSessions(app, sessions, wrong, door);
  serveReload(app, ports, operator);
  app.post(
    '/api/actors/:kind/:id/events',
    operator,
    bodyLimit({
      maxSize: bodyBytesMax,
      onError: (context) => context.json({ error: `expected a body of at most ${bodyBytesMax} bytes.` }, 413),
    }),
    (context) => take(context, ports),
  );
  app.notFound((context) => context.json({ error: `${context.req.path}: there is nothing here.` }, 404));
  app.onError((error, context) =>
    context.json({ error: error.message }, error instanceof HTTPException ? error.status : 500),
  );
  return app;
}

/** As an actor stands in the list of all: what is wrong with one keeps nobody from seeing the others. */
function listed({ host, unreadable }: ApiPorts, address: Address): ActorView {
  return unreadable.or<ActorView>(
    address,
    () => viewOf(host, address),
    (reason) => unreadableView(address, reason),
  );
}

/** No answer leaves without having passed the redactor: what jobs return and services complain about may hold a secret. */
function lastDoor(redact: (text: string) => string): MiddlewareHandler {
  return async (context, next) => {
    await next();
    context.res = new Response(redact(await context.res.text()), context.res);
    context.header('cache-control', 'no-store');
  };
}

async function take(context: Context, { host, state, redact }: ApiPorts) {
  const address = addressOf(context);
  if (!host.addresses().includes(address)) return unknownActor(context, host, address);
  if (!context.req.header('content-type')?.startsWith('application/json')) {
    return context.json({ error: 'expected the content type application/json.' }, 415);
  }
  const command = readCommand(address, await context.req.json().catch(() => undefined));
  if (typeof command === 'string') return context.json({ error: command }, 400);
  if (state() !== 'running') return context.json({ error: `the service is ${state()}: try again later.` }, 503);
  if (host.storeError) return context.json({ error: host.storeError.message }, 503);
  // A breaker keeps the reason.
  const reason = command.reason && redact(command.reason);
  const outcome = await give(host, address, { ...command, ...(reason && { reason }) });
  return context.json({ ...outcome, ...viewOf(host, address) }, outcome.taken ? 200 : outcome.status);
}

/** What its chart says of the state that it is in. */
function descriptionOf({ _nodes }: DurableSnapshot): string | null {
  return _nodes.findLast(({ description }) => description !== undefined)?.description ?? null;
}

function addressOf(context: Context): Address {
  return `${context.req.param('kind')}/${context.req.param('id')}`;
}
