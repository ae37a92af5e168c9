/**
 * The real service, killed with SIGKILL at exact points of a refresh against a real authorization server that
 * rotates its refresh tokens.
 */
import { describe, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { Authority, type Call } from './authority.ts';
import { ServiceProcess } from './service-process.ts';

const lifeSeconds = 60;

/** A service that was killed at its second refresh, after the first token had been taken back. */
async function killed(point: 'asked' | 'answered' | 'writing' | 'written') {
  const authority = await Authority.open(lifeSeconds);
  const env = { LIFE_REFRESH_TOKEN: await authority.firstGrant(), LIFE_GRANTS: 'refresh' };
  const service = new ServiceProcess(authority, env);
  const first = called(authority, () => true).then(({ token }) => authority.takeBack(token));
  service.start(`${point}:2`);
  await first;
  const how = await service.exit();
  return {
    authority,
    service,
    how,
    before: authority.grantings.length,
    /** Calls with a token that was no good, other than the one that was taken back. */
    bad: () => authority.calls.filter(({ good, token }) => !good && token !== authority.grantings[0]?.token),
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await authority.close();
    },
  };
}

/** Resolves with the first such call. */
const called = (authority: Authority, so: (call: Call) => boolean) =>
  new Promise<Call>((resolve) => {
    authority.onCall = (call) => so(call) && resolve(call);
  });

describe.concurrent('killed', { timeout: 180_000 }, () => {
  it('before the request leaves, it asks with the old grant, which still works', async ({ expect }) => {
    await using life = await killed('asked');
    const { authority, service, how, before, bad } = life;
    expect([how, before]).toEqual(['SIGKILL', 1]);
    const next = called(authority, ({ good }) => good);
    service.start();
    const { token } = await next;
    expect(await service.stop()).toBe(0);
    expect(authority.grantings.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(token).toBe(authority.grantings[1]?.token);
    expect(bad()).toEqual([]);
  });

  it.for(['answered', 'writing'] as const)(
    'with the new token not on disk yet (%s), the token is revoked with one clear message',
    async (point, { expect }) => {
      await using life = await killed(point);
      const { authority, service, how, before, bad } = life;
      expect([how, before]).toEqual(['SIGKILL', 2]);
      const calls = authority.calls.length;
      service.start();
      await eventually(
        'a revoked token',
        () => service.token('refresh')?.value === 'revoked',
        () => service.output,
      );
      expect(await service.stop()).toBe(0);
      const lines = service
        .lines('state.changed')
        .filter(({ actor, to }) => actor === 'token/refresh' && to === 'revoked');
      expect(lines).toMatchObject([{ level: 50, failure: { code: 'invalid_grant' } }]);
      expect(authority.grantings.slice(2).map(({ error }) => error)).toEqual(['invalid_grant']);
      expect(authority.calls).toHaveLength(calls);
      expect(bad()).toEqual([]);
    },
  );

  it('with the new token on disk, it is used, and nobody asks a second time', async ({ expect }) => {
    await using life = await killed('written');
    const { authority, service, how, before, bad } = life;
    expect([how, before]).toEqual(['SIGKILL', 2]);
    const next = called(authority, ({ good }) => good);
    service.start();
    const { token } = await next;
    expect(token).toBe(authority.grantings[1]?.token);
    expect(service.token('refresh')).toMatchObject({ value: 'fresh', context: { version: 2 } });
    expect(await service.stop()).toBe(0);
    expect(authority.grantings).toHaveLength(2);
    expect(bad()).toEqual([]);
  });
});
