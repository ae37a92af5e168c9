/**
 * What healed by itself within the last day: engines that failed or needed another try and are well again, and incidents that are over.
 */
import type { Hono } from 'hono';
import type { RowSource } from '../persistence/row-pages.ts';
import type { Healed, IncidentOver } from '../telemetry/daily-report.ts';
import { ledgerPeriod } from '../telemetry/ledger-period.ts';

export interface HealedPorts {
  store: RowSource;
  now: () => number;
}

export interface HealedAnswer {
  /** Epoch ms. */
  from: number;
  to: number;
  /** Those that were well again last come first. */
  engines: Healed[];
  incidents: IncidentOver[];
}

const dayMs = 86_400_000;
/** A day's ledger may be long: however many ask, it is read once in this time, ms. */
const keptMs = 30_000;

export function serveHealed(app: Hono, { store, now }: HealedPorts): void {
  let kept: { at: number; answer: Promise<HealedAnswer> } | undefined;
  app.get('/api/healed', async (context) => {
    const at = now();
    if (!kept || at - kept.at >= keptMs) {
      const read = { at, answer: healedUpTo(store, at) };
      kept = read;
      // What could not be read is read for the next who asks.
      read.answer.catch(() => {
        if (kept === read) kept = undefined;
      });
    }
    return context.json(await kept.answer);
  });
}

async function healedUpTo(store: RowSource, to: number): Promise<HealedAnswer> {
  const from = to - dayMs;
  const { logs, incidentsOver } = await ledgerPeriod(store, { from, to });
  const engines = logs.flatMap((log) => log.healed() ?? []).sort((one, other) => other.wellAt - one.wellAt);
  return { from, to, engines, incidents: incidentsOver.toReversed() };
}
