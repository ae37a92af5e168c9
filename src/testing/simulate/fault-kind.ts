/**
 * Faults of one kind, whatever their length or the service that they meet.
 */
const endings =
  / (?:before|during|after) the commit(?=,)|, back after .*| for \d.*| (?:forward|back) by .*| Retry-After \d+$/g;

const kinds = new Map<string, string>();

/** As in `killed` for `killed, back after 5s`, and `outage` for `outage: 503`. */
export function faultKind(name: string): string {
  const known = kinds.get(name);
  if (known !== undefined) return known;
  const kind = name
    .replace(/^outage: .*/, 'outage')
    .replace(/^tokens of .* rejected$/, 'token rejected')
    .replace(/^grant of .* revoked$/, 'grant revoked')
    .replaceAll(endings, '');
  // Lengths differ each time: it is not worth keeping every one.
  if (kinds.size < 1_000) kinds.set(name, kind);
  return kind;
}

/** Whether a fault of a call says that whoever is called is not there for a while. */
export function isOutage(name: string): boolean {
  return name.startsWith('outage: ') || name === 'no network';
}
