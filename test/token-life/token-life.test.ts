/**
 * A token's life: the real service against a real authorization server, in real time, with tokens of 10 s. What
 * counts is what the resource server was shown.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { Authority, type Call } from './authority.ts';
import { ServiceProcess } from './service-process.ts';

const lifeSeconds = 10;
const bad = ({ calls }: Authority) => calls.filter(({ good }) => !good);
const by = (grant: string, calls: readonly Call[]) => calls.filter(({ engine }) => engine.startsWith(grant));

/** Resolves once it is so, seen at a call; rejects when the process ends by itself. */
function seen(authority: Authority, service: ServiceProcess, so: (call: Call) => boolean): Promise<Call> {
  const call = new Promise<Call>((resolve) => {
    authority.onCall = (each) => so(each) && resolve(each);
  });
  const ended = service.exit().then((how) => Promise.reject(new Error(`it ended with ${how}:\n${service.output}`)));
  return Promise.race([call, ended]);
}

describe.concurrent('ten engines', () => {
  it('never send an expired token, and have each one refreshed once', { timeout: 180_000 }, async ({ expect }) => {
    const authority = await Authority.open(lifeSeconds);
    const env = {
      LIFE_REFRESH_TOKEN: await authority.firstGrant(),
      LIFE_GRANTS: 'refresh,client',
      LIFE_REFRESH_BEFORE: '1500ms',
    };
    await using service = new ServiceProcess(authority, env);
    // The second refresh of each is so slow that the old token expires before the new one is there.
    authority.delayMs = (n) => (n === 5 || n === 6 ? 1_500 : 0);
    service.start();
    const tokens = new Set<string>();
    await seen(authority, service, ({ token }) => tokens.add(token).size === 8);
    expect(await service.stop()).toBe(0);
    await authority.close();

    expect(authority.calls.length).toBeGreaterThan(300);
    expect(new Set(authority.calls.map(({ engine }) => engine)).size).toBe(10);
    expect(bad(authority)).toEqual([]);
    for (const grant of ['refresh', 'client']) {
      const used = new Set(by(grant, authority.calls).map(({ token }) => token));
      const granted = authority.grantings.filter((each) => each.grant.startsWith(grant));
      expect(granted.map(({ error }) => error)).toEqual(granted.map(() => undefined));
      // Each one granted was used, and only after most of the life of the one before it.
      expect(granted.filter(({ token }) => used.has(token ?? '')).length).toBeGreaterThanOrEqual(4);
      expect(granted.length - used.size).toBeLessThanOrEqual(1);
      const lengths = granted.slice(1).map(({ askedAt }, n) => askedAt - (granted[n]?.askedAt ?? 0));
      expect(Math.min(...lengths)).toBeGreaterThan(6_000);
    }
    const secrets = [...tokens, env.LIFE_REFRESH_TOKEN, authority.client.secret];
    for (const secret of secrets) expect(service.output).not.toContain(secret);
  });

  it('go on while the token server is away, stop when the token expires, and heal', { timeout: 180_000 }, async ({
    expect,
  }) => {
    const authority = await Authority.open(lifeSeconds);
    const env = { LIFE_REFRESH_TOKEN: await authority.firstGrant(), LIFE_GRANTS: 'refresh' };
    await using service = new ServiceProcess(authority, env);
    service.start();
    const { token: first, at: since } = await seen(authority, service, () => true);
    const comeBack = await authority.goAway();
    // The refresh is due after half of the token's life; the last call with it comes shortly before its end.
    await seen(authority, service, ({ at }) => at > since + 7_000);
    expect(service.token('refresh')?.value).toMatch(/retrying|refreshing/);
    await eventually(
      'an expired token',
      () => service.token('refresh')?.value === 'expired',
      () => service.output,
    );
    const last = authority.calls.length;
    await wait(1_500);
    expect(authority.calls).toHaveLength(last);
    expect(new Set(authority.calls.map(({ token }) => token))).toEqual(new Set([first]));
    expect(service.token('refresh')?.context.failure?.code).toBe('ECONNREFUSED');

    const healed = seen(authority, service, ({ token }) => token !== first);
    await comeBack();
    await healed;
    expect(await service.stop()).toBe(0);
    await authority.close();
    expect(bad(authority)).toEqual([]);
    expect(authority.grantings.map(({ error }) => error)).toEqual([undefined, undefined]);
  });
});
