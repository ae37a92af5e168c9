/**
 * No call goes past a quota that was declared, and none with a token that is known to have expired: services say so.
 *
 * Both are reckoned by the wall clock. While that is wrong, or has been within a day, nobody can keep them.
 */
import type { Invariant } from './invariant.ts';

const dayMs = 86_400_000;

export const limitsKept: Invariant = {
  name: 'limits kept',
  claim: 'no call goes past a declared quota, and none carries a token that is known to have expired',
  watch(world, broken) {
    let ahead = world.wallNow() - world.now();
    let wrongUntil = Number.NEGATIVE_INFINITY;
    return {
      seen(event) {
        const now = world.wallNow() - world.now();
        if (now !== ahead) wrongUntil = event.at + dayMs;
        ahead = now;
        if (event.type !== 'offence' || event.at < wrongUntil) return;
        const { offence, request, detail } = event;
        broken(`call ${request.number} to ${request.service}: ${offence} (${detail})`);
      },
    };
  },
};
