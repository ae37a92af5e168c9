/**
 * What a person must do for an actor that waits for one: in the log, in `status` and over HTTP the same words. What an incident asks for
 * stands in itself.
 */

/**
 * @param state the name of its state, as in `paused`
 * @param givenUp its host gave it up
 * @returns null when it needs nobody
 */
export function todoOf(address: string, state: string, givenUp = false): string | null {
  const [kind, id] = [address.slice(0, address.indexOf('/')), address.slice(address.indexOf('/') + 1)];
  if (givenUp) return `mend the cause, then: nightshift reset ${address}`;
  switch (`${kind} ${state}`) {
    case 'engine paused':
      return `nightshift resume ${id}`;
    case 'engine halted':
      return `mend the cause, then: nightshift resume ${id}`;
    case 'breaker isolated':
      return `nightshift reset ${id}`;
    case 'token missing':
      return 'put a grant into the configuration and restart';
    case 'token revoked':
      return `put a valid grant into the configuration and restart; or, if the one it has is good again: nightshift reset ${address}`;
    default:
      return null;
  }
}
