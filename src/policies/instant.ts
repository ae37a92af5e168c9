/**
 * The instant of an event: how time enters a machine.
 *
 * @param event as the host delivers it, stamped with `at`; or XState's initial event, whose input carries `at`
 * @returns epoch milliseconds
 * @throws {TypeError} naming the event, when neither is a finite number
 */
export function instant(event: { type: string }): number {
  const { at, input } = event as { at?: unknown; input?: { at?: unknown } | null };
  for (const candidate of [at, input?.at]) {
    if (typeof candidate === 'number' && Number.isFinite(candidate)) return candidate;
  }
  throw new TypeError(
    `${event.type}: found no instant on this event, expected at in epoch milliseconds. Deliver it through the host, which stamps it.`,
  );
}
