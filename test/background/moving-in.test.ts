/**
 * From a real crontab to a running service, as the docs show it: the page's own commands, in a folder with nothing in it, beside a real systemd.
 */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { mustHave } from '../demo/programs.ts';
import { marked } from '../docs/markdown.ts';
import { canBoot, inWorld, patienceMs } from './world.ts';

const hasCrontab = spawnSync('crontab', ['-h']).error === undefined;

/** Times, lengths of time and process ids are of one day, and the width of columns comes from them. */
const timeless = (text: string) =>
  text
    .replaceAll(/\d\d:\d\d/g, '(time)')
    .replaceAll(/\b(?:\d+(?:ms|[dhms]))+\b/g, '(length)')
    .replaceAll(/\(length\) ago|just now/g, '(ago)')
    .replaceAll(/process \d+/g, 'process (id)')
    .replaceAll(/ {2,}/g, '  ');

it.runIf((canBoot && hasCrontab) || mustHave)(
  'forty lines of a crontab run under a unit of a user, and the page shows what is said meanwhile',
  { timeout: patienceMs },
  async () => {
    const seen = await inWorld('user', 'scenario-moving-in');
    const page = (mark: string) => timeless(marked(mark).text).split('\n');
    expect(timeless(seen.moving).split('\n')).toEqual(page('runs: forty lines'));
    expect(timeless(seen.running).split('\n')).toEqual(page('runs: a minute later'));

    expect(seen.heated).toMatch(/^heating\.sh --check\n/);
    expect(seen.ended).toEqual({
      'tar-czf': 'success',
      orders: 'success',
      stock: 'success',
      prices: 'success',
      mail: 'success',
    });
    expect(seen.archives).toMatch(/^home-\d{4}-\d\d-\d\d\.tgz$/);
    expect(seen.orders).toContain('orders.sh');
    expect(seen.sent).toBe("mail -s Today's plan ada@example.com\nGood morning!\n100% of the orders are out.\n");
  },
);
