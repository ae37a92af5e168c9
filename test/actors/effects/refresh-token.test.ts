import { type ClientGrant, clientCredentials, engine, oauth2, type RefreshGrant } from 'nightshift';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Arrival, HttpServer, inTurn, json, silence } from './http-server.ts';
import { Workplace } from './workplace.ts';

let place: Workplace;
/** The authorization server. */
let server: HttpServer;

beforeEach(async () => {
  server = await HttpServer.open();
  server.answer = rotating();
});

afterEach(async () => {
  await place[Symbol.asyncDispose]();
  await server.close();
});

/** Answers each request with the next access token and the next refresh token, good for 1,000 s. */
function rotating(change: object = {}): Answer {
  let issued = 0;
  return (arrival) => {
    issued += 1;
    const tokens = { access_token: `access-${issued}-canary`, refresh_token: `refresh-${issued}-canary` };
    json(200, { ...tokens, token_type: 'bearer', expires_in: 1_000, ...change })(arrival);
  };
}

const form = ({ body }: Arrival) => Object.fromEntries(new URLSearchParams(body));
const granted = () => server.arrivals.map((arrival) => form(arrival).refresh_token);

function grant(change: Partial<RefreshGrant> = {}) {
  const { url } = server;
  const token = oauth2({ tokenUrl: `${url}/token`, clientId: 'me', refreshToken: 'refresh-0-canary', ...change });
  return { tokens: { auth: token }, services: { api: { url, token: 'auth' } }, engines: [engine('job', { run: use })] };
}

/** The header that carried the token last. */
let used: string | undefined;

function use({ service }: Parameters<Parameters<typeof engine>[1]['run']>[0]) {
  return service('api').call(async ({ authorization }) => {
    used = authorization?.Authorization;
  });
}

async function open(definition: Parameters<typeof Workplace.open>[0] = grant(), state = 'fresh') {
  place = await Workplace.open(definition);
  return place.state('token/auth', state);
}

/** Lets the time come at which a token that lives 1,000 s is refreshed: 300 s ahead, and a second for good measure. */
const untilRefresh = () => place.clock.advance(699_000);
const usedNow = async () => {
  const { last } = await place.run('job');
  return last?.result === 'success' && used;
};

describe('the refresh-token grant', () => {
  it('asks with the configured grant first, and with each new one after that', async () => {
    await open();
    for (let n = 1; n <= 3; n++) {
      expect(await usedNow()).toBe(`Bearer access-${n}-canary`);
      const next = place.reached('token/auth', ({ value, context: { version } }) => value === 'fresh' && version > n);
      await untilRefresh();
      await next;
    }
    expect(granted()).toEqual(['refresh-0-canary', 'refresh-1-canary', 'refresh-2-canary', 'refresh-3-canary']);
    expect(form(server.arrivals[0] as Arrival)).toMatchObject({ grant_type: 'refresh_token', client_id: 'me' });
  });

  it('goes on with the grant it has when the server hands out no other', async () => {
    server.answer = rotating({ refresh_token: undefined });
    await open();
    await untilRefresh();
    await place.reached('token/auth', ({ context }) => context.version === 2);
    expect(granted()).toEqual(['refresh-0-canary', 'refresh-0-canary']);
  });

  it('refreshes ahead of the expiry, once', async () => {
    await open();
    await place.clock.advance(698_999);
    expect(server.arrivals).toHaveLength(1);
    await place.clock.advance(1);
    await place.reached('token/auth', ({ context }) => context.version === 2);
    await place.clock.advance(10_000);
    expect(server.arrivals).toHaveLength(2);
  });

  it('counts the life of a token from when it was asked for, less the second that the server may have cut off', async () => {
    const asked = Promise.withResolvers<() => void>();
    const answer = rotating();
    server.answer = (arrival) => asked.resolve(() => answer(arrival));
    place = await Workplace.open(grant());
    const answerNow = await asked.promise;
    const issuedAt = place.clock.now();
    await place.clock.advance(50_000);
    answerNow();
    const { context } = await place.state('token/auth', 'fresh');
    expect(context.expiresAt).toBe(issuedAt + 999_000);
  });

  it('takes a token for lasting when the server does not say how long it lives', async () => {
    server.answer = rotating({ expires_in: undefined });
    const { context } = await open(grant(), 'lasting');
    expect(context.expiresAt).toBeNull();
    await place.clock.advance(365 * 86_400_000);
    expect(await usedNow()).toBe('Bearer access-1-canary');
    expect(server.arrivals).toHaveLength(1);
  });

  it('does not ask without a pause for tokens that are dead on arrival', async () => {
    server.answer = rotating({ expires_in: 0 });
    const { context } = await open(grant(), 'expired');
    expect(context.failure?.message).toContain('expire');
    await place.clock.advance(60_000);
    expect(server.arrivals.length).toBeLessThan(10);
    server.answer = rotating();
    const healed = place.state('token/auth', 'fresh');
    await place.clock.advance(120_000);
    await healed;
    expect(granted().at(-1)).toMatch(/refresh-[1-9]/);
  });
});

describe('a token that is dead on arrival', () => {
  it('leaves the one before it in use, and its grant is the next one to be asked with', async () => {
    const dead = rotating({ access_token: 'dead-canary', refresh_token: 'refresh-dead-canary', expires_in: 0 });
    server.answer = inTurn(rotating(), dead, rotating({ access_token: 'alive-canary' }));
    await open();
    await untilRefresh();
    await place.state('token/auth', 'retrying');
    expect(await usedNow()).toBe('Bearer access-1-canary');
    await place.clock.advance(2_000);
    await place.state('token/auth', 'fresh');
    expect(await usedNow()).toBe('Bearer alive-canary');
    expect(granted()).toEqual(['refresh-0-canary', 'refresh-1-canary', 'refresh-dead-canary']);
  });
});

describe('how the client proves who it is', () => {
  const credentials: ClientGrant = { tokenUrl: '', clientId: 'me', clientSecret: 'canary:secret', scope: 'read write' };
  const basic = `Basic ${btoa('me:canary%3Asecret')}`;

  it.each([
    ['as client_secret_basic unless told otherwise', {}, basic, undefined],
    ['as client_secret_post', { authMethod: 'client_secret_post' }, undefined, 'canary:secret'],
  ] as const)('%s, with client credentials and scope', async (_, change, authorization, secret) => {
    const token = clientCredentials({ ...credentials, ...change, tokenUrl: server.url });
    await open({ tokens: { auth: token } });
    const [arrival] = server.arrivals as [Arrival];
    expect(arrival.headers.authorization).toBe(authorization);
    expect(form(arrival)).toMatchObject({ grant_type: 'client_credentials', scope: 'read write' });
    expect(form(arrival).client_secret).toBe(secret);
  });

  it('with a refresh token and a client secret', async () => {
    await open(grant({ clientSecret: 'canary:secret', scope: 'read' }));
    const [arrival] = server.arrivals as [Arrival];
    expect(arrival.headers.authorization).toBe(basic);
    expect(form(arrival)).toMatchObject({ grant_type: 'refresh_token', scope: 'read' });
  });

  it('not at all as a public client', async () => {
    await open();
    expect(server.arrivals[0]?.headers.authorization).toBeUndefined();
  });
});

describe('a new token', () => {
  it('is in the vault before the machine knows of it', async () => {
    await open();
    const inVault = place.writes.findIndex((keys) => keys.includes('vault:token/auth'));
    const known = place.writes.findLastIndex((keys) => keys.includes('actor:token/auth'));
    expect(inVault).toBeGreaterThan(0);
    expect(known).toBeGreaterThan(inVault);
  });

  it('is not used before it is on disk', async () => {
    const answer = rotating();
    const answered = Promise.withResolvers<() => void>();
    server.answer = (arrival) => {
      answered.resolve(place.holdWrites());
      answer(arrival);
    };
    place = await Workplace.open(grant());
    const release = await answered.promise;
    let used: unknown;
    void place.run('job').then(({ lastGood }) => {
      used = lastGood;
    });
    await place.clock.advance(1_000);
    expect(place.at('token/auth').value).toBe('refreshing');
    expect(used).toBeUndefined();
    release();
    await place.state('token/auth', 'fresh');
  });

  it('is found in the vault by the next process when a crash came between, and asked for no second time', async () => {
    server.answer = rotating();
    await open();
    await untilRefresh();
    await place.reached('token/auth', ({ context }) => context.version === 2);
    const crashed = crashAfterVaultWrite();
    await untilRefresh();
    await crashed;
    const { context } = await place.state('token/auth', 'fresh');
    expect(context.version).toBe(3);
    expect(await usedNow()).toBe('Bearer access-3-canary');
    expect(server.arrivals).toHaveLength(3);
  });

  it('lost by a crash before the vault is asked for again with the old grant', async () => {
    server.answer = inTurn(rotating(), silence, rotating());
    await open();
    await untilRefresh();
    await server.arrival(2);
    await place.crash();
    await place.state('token/auth', 'fresh');
    expect(granted()).toEqual(['refresh-0-canary', 'refresh-1-canary', 'refresh-1-canary']);
  });

  it('is used after a restart without asking anybody', async () => {
    await open();
    await place.restart();
    expect(await usedNow()).toBe('Bearer access-1-canary');
    expect(server.arrivals).toHaveLength(1);
  });

  it('that expired while nobody was there is refreshed before it is used', async () => {
    await open();
    await place.host.stop();
    place.clock.jumpTo(place.clock.now() + 86_400_000);
    await place.crash();
    await place.clock.advance(1_000);
    await place.reached('token/auth', ({ context }) => context.version === 2);
    expect(await usedNow()).toBe('Bearer access-2-canary');
    expect(server.arrivals).toHaveLength(2);
  });

  it('of another grant is asked for when the configuration has changed', async () => {
    await open();
    await place.restart(grant({ refreshToken: 'another-canary' }));
    await place.reached('token/auth', ({ value, context: { version } }) => value === 'fresh' && version === 2);
    expect(granted()).toEqual(['refresh-0-canary', 'another-canary']);
  });
});

describe('a grant that the server takes back', () => {
  it('revokes the token with one clear message, and nobody asks again', async () => {
    server.answer = inTurn(
      rotating(),
      json(400, { error: 'invalid_grant', error_description: 'refresh-1-canary is used up' }),
    );
    await open();
    await untilRefresh();
    const { context } = await place.state('token/auth', 'revoked');
    expect(context.failure).toMatchObject({ code: 'invalid_grant' });
    expect(JSON.stringify(context)).not.toContain('canary');
    await place.trigger('job');
    const held = await place.state('engine/job', 'held.forActor');
    expect(held.context.hold).toMatchObject({ address: 'token/auth', reason: expect.stringContaining('revoked') });
    await place.clock.advance(86_400_000);
    expect(server.arrivals).toHaveLength(2);
  });

  it.each(['invalid_client', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope'])(
    'revokes it with %s as well',
    async (error) => {
      server.answer = json(error === 'invalid_client' ? 401 : 400, { error });
      const { context } = await open(grant(), 'revoked');
      expect(context.failure?.code).toBe(error);
      await place.clock.advance(86_400_000);
      expect(server.arrivals).toHaveLength(1);
    },
  );

  it('is forgotten once the configuration has a new one, and the held run goes on', async () => {
    server.answer = inTurn(json(400, { error: 'invalid_grant' }), rotating());
    await open(grant(), 'revoked');
    await place.trigger('job');
    await place.state('engine/job', 'held.forActor');
    await place.restart(grant({ refreshToken: 'another-canary' }));
    await place.reached('engine/job', ({ context: { last } }) => last?.result === 'success');
    expect(used).toBe('Bearer access-1-canary');
    expect(granted()).toEqual(['refresh-0-canary', 'another-canary']);
  });
});

describe('a token server in trouble', () => {
  const html: Answer = ({ response }) => {
    response.writeHead(500, { 'content-type': 'text/html' }).end('<h1>Internal Server Error</h1> canary');
  };
  const notJson: Answer = ({ response }) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Please log in</h1> canary');
  };

  const troubles: [string, Answer, string][] = [
    ['answers 500 with HTML', html, 'HTTP_500'],
    ['answers 500 with JSON', json(500, { message: 'canary' }), 'HTTP_500'],
    ['answers 503', json(503), 'HTTP_503'],
    ['answers 429', json(429), 'HTTP_429'],
    ['answers 200 with a page', notJson, ''],
    ['answers 200 without a token', json(200, { token_type: 'bearer' }), ''],
    ['answers 400 with temporarily_unavailable', json(400, { error: 'temporarily_unavailable' }), ''],
    ['resets the connection', ({ reset }) => reset(), 'ECONNRESET'],
  ];

  it.each(troubles)('that %s is asked again while the old token serves', async (_, trouble, code) => {
    server.answer = inTurn(rotating(), trouble, rotating({ access_token: 'healed-canary' }));
    await open();
    await untilRefresh();
    const { context } = await place.state('token/auth', 'retrying');
    if (code !== '') expect(context.failure?.code).toBe(code);
    expect(JSON.stringify(context)).not.toContain('canary');
    expect(await usedNow()).toBe('Bearer access-1-canary');
    await place.clock.advance(2_000);
    await place.state('token/auth', 'fresh');
    expect(await usedNow()).toBe('Bearer healed-canary');
  });

  it.each(troubles)('that %s for too long leaves the token expired, and heals by itself', async (_, trouble) => {
    server.answer = inTurn(rotating(), trouble);
    await open();
    const expired = place.state('token/auth', 'expired');
    await passes(() => place.at('token/auth').value === 'expired');
    await expired;
    await place.trigger('job');
    await place.state('engine/job', 'held.forActor');
    server.answer = rotating({ access_token: 'healed-canary' });
    await passes(() => place.at('engine/job').context.last !== null);
    expect(used).toBe('Bearer healed-canary');
  });

  it('that does not listen is asked again, and heals by itself', async () => {
    await open();
    await server.close();
    await passes(() => place.at('token/auth').value === 'retrying');
    expect(place.at('token/auth').context.failure?.code).toBe('ECONNREFUSED');
    expect(await usedNow()).toBe('Bearer access-1-canary');
    await passes(() => place.at('token/auth').value === 'expired');
    await server.listen();
    await passes(() => place.at('token/auth').value === 'fresh');
    expect(await usedNow()).toBe('Bearer access-2-canary');
  });

  it('that is silent is given up after a minute, its connection closed', async () => {
    server.answer = inTurn(rotating(), silence, rotating());
    await open();
    await untilRefresh();
    const arrival = await server.arrival(2);
    await place.clock.advance(59_999);
    expect(place.at('token/auth').value).toBe('refreshing');
    expect(await usedNow()).toBe('Bearer access-1-canary');
    await place.clock.advance(1);
    const { context } = await place.state('token/auth', 'retrying');
    expect(context.failure?.code).toBe('REFRESH_TIMEOUT');
    await arrival.hungUp;
    await place.clock.advance(2_000);
    await place.reached('token/auth', ({ context: { version } }) => version === 2);
  });

  it('that falls silent in the middle of its answer is given up as well', async () => {
    const half: Answer = ({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"access_token":');
    };
    server.answer = inTurn(rotating(), half, rotating());
    await open();
    await untilRefresh();
    const arrival = await server.arrival(2);
    await place.clock.advance(60_000);
    await place.state('token/auth', 'retrying');
    await arrival.hungUp;
  });

  it('that says when to come back is left alone until then', async () => {
    server.answer = inTurn(rotating(), json(503, {}, { 'retry-after': '90' }), rotating());
    await open();
    await untilRefresh();
    await place.state('token/auth', 'retrying');
    await place.clock.advance(89_999);
    expect(server.arrivals).toHaveLength(2);
    await place.clock.advance(1_000);
    await place.reached('token/auth', ({ context: { version } }) => version === 2);
  });

  it('is asked less and less often', async () => {
    server.answer = json(500);
    await open(grant(), 'expired');
    await passes(() => server.arrivals.length > 12);
    const { failures, retryAt } = place.at('token/auth').context;
    expect(failures).toBeGreaterThan(10);
    expect(retryAt - place.clock.now()).toBeGreaterThan(600_000);
  });

  /** Goes on from alarm to alarm, letting each request come back, until it is so. */
  async function passes(so: () => boolean) {
    for (let alarms = 0; alarms < 200 && !so(); alarms++) {
      if (place.at('token/auth').value === 'refreshing') {
        await place.reached('token/auth', ({ value }) => value !== 'refreshing');
        await place.clock.advance(0);
        continue;
      }
      await place.clock.advanceTo(place.clock.next() ?? Number.NaN);
    }
    expect(so()).toBe(true);
  }
});

/** Cuts the process off right after the next token is in the vault, before its machine has heard of it. */
async function crashAfterVaultWrite() {
  const written = place.afterWrite((keys) => keys.includes('vault:token/auth'));
  const release = await written;
  const crashed = place.crash();
  release();
  await crashed;
}

it('that the chart knows and the vault has no more is fetched again, once', async () => {
  server.answer = json(200, { access_token: 'access-canary', token_type: 'bearer' });
  const token = clientCredentials({ tokenUrl: `${server.url}/token`, clientId: 'me', clientSecret: 'secret-canary' });
  await open({ ...grant(), tokens: { auth: token } }, 'lasting');
  // As an error tells one to do whose key to the vault is lost.
  await place.host.write([['vault:token/auth', null]]);
  await place.restart();
  await place.run('job');
  expect(used).toBe('Bearer access-canary');
  expect(server.arrivals).toHaveLength(2);
});
