import { afterEach, describe, expect, it } from 'vitest';
import { Allowance, allowanceHeaders } from '../../examples/hostile-world/allowance.ts';
import { apiKey } from '../../examples/hostile-world/apis.ts';
import { Authority, tokenLifeMs } from '../../examples/hostile-world/authority.ts';
import { scaled } from '../../examples/hostile-world/scale.ts';
import { Weather } from '../../examples/hostile-world/weather.ts';
import { openWorld, type World } from '../../examples/hostile-world/world.ts';
import { seededRandom } from '../../src/random.ts';

describe('weather', () => {
  const day = scaled('24h');
  const moods = (seed: number, service: string) => {
    const weather = new Weather(seed, service, 0, false);
    return Array.from({ length: 2_000 }, (_, index) => weather.mood((index * day) / 2_000));
  };

  it('is the same again with the same seed, and another one at another service', () => {
    expect(moods(7, 'video')).toEqual(moods(7, 'video'));
    expect(moods(7, 'video')).not.toEqual(moods(8, 'video'));
    expect(moods(7, 'video')).not.toEqual(moods(7, 'blog'));
  });

  it('has everything in a day, and is mostly well', () => {
    const seen = moods(7, 'video');
    expect(new Set(seen)).toEqual(
      new Set([
        'well',
        'outage',
        'silence',
        'reset before',
        'reset after',
        'empty',
        'garbage',
        'cut short',
        'drip',
        'bug',
        'rejected',
      ]),
    );
    expect(seen.filter((mood) => mood === 'well').length).toBeGreaterThan(1_000);
  });

  it('is well for good once it is calm', () => {
    const weather = new Weather(7, 'video', 0, false);
    weather.calm();
    expect(Array.from({ length: 500 }, (_, index) => weather.mood(index * 1_000))).toEqual(Array(500).fill('well'));
  });
});

describe('the authority', () => {
  const basic = `Basic ${Buffer.from('studio:secret').toString('base64')}`;
  const form = (token: unknown) => new URLSearchParams({ grant_type: 'refresh_token', refresh_token: String(token) });

  it('replaces a refresh token, takes the one before until the new one is used, and an older one never', () => {
    const authority = new Authority(seededRandom(1));
    const first = authority.grant('studio');
    const second = authority.answer(basic, form(first), 0).body.refresh_token;
    const secondAgain = authority.answer(basic, form(first), 1).body.refresh_token;
    expect(secondAgain).not.toBe(second);
    expect(authority.answer(basic, form(second), 2)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(authority.answer(basic, form(secondAgain), 3).status).toBe(200);
    expect(authority.answer(basic, form(first), 4).status).toBe(400);
  });

  it('hands out tokens for an hour of this world, and takes some back before', () => {
    const authority = new Authority(seededRandom(1));
    const { body } = authority.answer(basic, form(authority.grant('studio')), 1_000);
    const token = String(body.access_token);
    expect(body.expires_in).toBe(36);
    expect(authority.isGood(token, 1_000 + tokenLifeMs - 1)).toBe(true);
    expect(authority.isGood(token, 1_000 + tokenLifeMs)).toBe(false);
    authority.reject(token, 5_000);
    authority.reject(token, 6_000);
    expect(authority.isGood(token, 5_001)).toBe(false);
    expect(authority.look(token)).toMatchObject({ expiresAt: 37_000, rejectedAt: 5_000 });
    expect(authority.look('forged').expiresAt).toBeNull();
  });
});

it('an allowance is filled up at midnight, and says when that is', () => {
  const allowance = new Allowance({ limit: 3, periodMs: 10_000, resetsAt: 4_500, spent: 2 });
  expect(allowance.take(0)).toMatchObject({ allowed: true, remaining: 0 });
  const refused = allowance.take(1);
  expect(refused).toMatchObject({ allowed: false, remaining: 0, resetsAt: 4_500 });
  expect(allowanceHeaders(refused, 1)).toMatchObject({ 'retry-after': '5', 'ratelimit-reset': '5' });
  expect(allowance.take(4_500)).toMatchObject({ allowed: true, remaining: 2, resetsAt: 14_500 });
});

describe('the world', () => {
  let world: World | undefined;
  afterEach(() => world?.close());

  async function open(): Promise<World> {
    world = await openWorld({ seed: 1, allowances: {}, clients: ['studio'] });
    world.calm();
    return world;
  }

  function post(url: string, key: string, authorization = `Bearer ${apiKey}`) {
    const headers = { authorization, 'idempotency-key': key };
    return fetch(url, { method: 'POST', headers, body: JSON.stringify({ ref: 'run-1' }) });
  }

  it('gives the same answer under the same key, and records what was made but once', async () => {
    const { url, arrivals } = await open();
    const answers = [await post(`${url}/blog/drafts`, 'a'), await post(`${url}/blog/drafts`, 'a')];
    expect(await answers[1]?.json()).toEqual(await answers[0]?.json());
    await post(`${url}/blog/drafts`, 'b');
    expect(arrivals.map(({ effect }) => effect?.reference ?? null)).toEqual(['run-1', null, 'run-1']);
  });

  it('records the hours that a request is bound to, and the token that it came with', async () => {
    const { url, arrivals } = await open();
    await post(`${url}/blog/posts/draft-1/publish`, 'a');
    const refused = await post(`${url}/social/posts`, 'b', 'Bearer forged');
    expect(refused.status).toBe(401);
    expect(arrivals.map(({ hours }) => hours)).toEqual(['publish', 'daytime']);
    expect(arrivals[1]?.token).toMatchObject({ expiresAt: null });
  });

  it('shows its catalogue only to those who have logged in', async () => {
    const { url, portal } = await open();
    const closed = await fetch(`${url}/portal/catalogue?page=7`, { redirect: 'manual' });
    expect([closed.status, closed.headers.get('location')]).toEqual([303, 'login']);
    const body = new URLSearchParams({ name: 'ada', password: 'a-password-for-people' });
    const entered = await fetch(`${url}/portal/login`, { method: 'POST', body, redirect: 'manual' });
    const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? '';
    const page = await fetch(`${url}/portal/catalogue?page=7`, { headers: { cookie } });
    expect(await page.text()).toContain('item 7-5');
    expect(portal.logins).toBe(1);
  });
});
