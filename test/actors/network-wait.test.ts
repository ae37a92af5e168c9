import { beforeEach, describe, expect, it } from 'vitest';
import { hasNetwork, NetworkWait } from '../../src/actors/network-wait.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

let clock: VirtualClock;
let isOnline: boolean;
let told: unknown[];
const network = (hadNetwork: boolean) =>
  new NetworkWait({
    clock,
    isOnline: () => isOnline,
    hadNetwork,
    seen: () => told.push('seen'),
    waited: (end, ms) => told.push([end, ms]),
  });
beforeEach(() => {
  clock = new VirtualClock();
  isOnline = false;
  told = [];
});

describe('the wait for the network', () => {
  it('is over within a second of when the network is back', async () => {
    let isBack = false;
    void network(true)
      .comeBack()
      ?.then(() => {
        isBack = true;
      });
    await clock.advance(20_500);
    expect(isBack).toBe(false);
    isOnline = true;
    await clock.advance(1_000);
    expect(isBack).toBe(true);
    expect(told).toEqual([['online', 21_000]]);
  });

  it('is over after a minute, network or not', async () => {
    const back = network(true).comeBack();
    await clock.advance(60_000);
    await back;
    expect(told).toEqual([['offline', 60_000]]);
  });

  it('is none on a machine that never had a network, and none where there is one', () => {
    expect(network(false).comeBack()).toBeUndefined();
    isOnline = true;
    expect(network(true).comeBack()).toBeUndefined();
    expect(told).toEqual([]);
  });

  it('is there once a network has been seen', () => {
    const seen = network(false);
    isOnline = true;
    seen.look();
    isOnline = false;
    expect(seen.comeBack()).toBeInstanceOf(Promise);
    expect(told).toEqual(['seen']);
  });
});

it.each([
  ['the loopback alone', { lo: ['127.0.0.1'] }, false],
  ['an address that it gave itself', { lo: ['127.0.0.1'], en0: ['169.254.7.7', 'fe80::1'] }, false],
  ['a bridge to its own containers', { docker0: ['172.17.0.1'] }, false],
  ['an address on a network', { docker0: ['172.17.0.1'], wlan0: ['192.0.2.7'] }, true],
])('a machine with %s is online: %o is %s', (_, addresses, expected) => {
  const interfaces = Object.entries(addresses).map(([name, all]) => [
    name,
    all.map((address) => ({ address, internal: name === 'lo' })),
  ]);
  expect(hasNetwork(() => Object.fromEntries(interfaces))).toBe(expected);
});

it('is taken to be there where the system does not let anybody ask', () => {
  const refuses = () => {
    throw new Error('uv_interface_addresses returned Unknown system error 97');
  };
  expect(hasNetwork(refuses)).toBe(true);
});
