/**
 * Tokens: one refresh at a time, and no older token on a call once a newer one is on disk.
 *
 * What a dead process asked for is not in flight: nobody will hear the answer.
 */
import { nameOf } from '../../actors/token-secrets.ts';
import { storeKey } from '../../persistence/vault.ts';
import type { Invariant } from './invariant.ts';

const vaultPrefix = storeKey(nameOf(''));

/** Which version of a token is on disk. */
interface Stored {
  version: number;
  /** Since when, true time, epoch ms. */
  since: number;
  /** The one before it. */
  before: number;
}

export const tokenDiscipline: Invariant = {
  name: 'token discipline',
  claim: 'never are two refreshes of one token in flight, and never is an older one used once a newer one is on disk',
  watch(world, broken) {
    /** Requests for a new token that are under way, by token. */
    const refreshes = new Map<string, Set<number>>();
    const stored = new Map<string, Stored>();
    return {
      seen(event) {
        switch (event.type) {
          case 'committed':
            for (const key of event.keys) {
              if (!key.startsWith(vaultPrefix)) continue;
              const token = key.slice(vaultPrefix.length);
              const { version: before = 0 } = stored.get(token) ?? {};
              stored.set(token, { version: world.storedToken(token), since: event.at, before });
            }
            return;
          case 'call.sent': {
            const { request, at } = event;
            const refreshed = world.refreshOf(request);
            if (refreshed !== undefined) {
              const out = refreshes.get(refreshed) ?? new Set();
              if (out.size > 0) {
                broken(`call ${request.number} refreshes the token ${refreshed} while call ${[...out]} does so`);
              }
              refreshes.set(refreshed, out.add(request.number));
              return;
            }
            const used = world.tokenOf(request);
            const here = used && stored.get(used.token);
            if (!here) return;
            // Within one instant nobody can tell which came first.
            const least = at > here.since ? here.version : here.before;
            if (used.version >= least) return;
            broken(
              `call ${request.number} to ${request.service} carries version ${used.version} of the token ${used.token}, while version ${least} is on disk`,
            );
            return;
          }
          case 'call.ended': {
            const token = world.refreshOf(event.exchange.request);
            for (const out of token === undefined ? [] : refreshes.values()) out.delete(event.exchange.request.number);
            return;
          }
          case 'process.ended':
            refreshes.clear();
            return;
          default:
        }
      },
    };
  },
};
