/**
 * What happened to the clocks as log lines.
 */
import type { Logger } from 'pino';
import type { Upset } from '../policies/clock-upset.ts';

const messages = { slept: 'machine.slept', stood: 'service.stood', set: 'clock.set' } as const;

export function logUpset(log: Pick<Logger, 'warn'>, { kind, from, to }: Upset): void {
  log.warn(
    { from: new Date(from).toISOString(), to: new Date(to).toISOString(), durationMs: to - from },
    messages[kind],
  );
}
