/**
 * Metrics over HTTP: for Prometheus, and as JSON for pages and commands.
 */
import type { Hono } from 'hono';
import type { Host } from '../actors/host.ts';
import type { Span } from '../persistence/metric-rows.ts';
import type { Collector } from '../telemetry/metrics/collector.ts';
import { expose } from '../telemetry/metrics/exposition.ts';
import type { Metrics, Period } from '../telemetry/metrics/overview.ts';
import { presentOf } from './metrics-view.ts';

export interface MetricsPorts {
  host: Host;
  now: () => number;
  /** In which days begin. */
  timeZone: string;
  collector: Collector;
  metrics: Metrics;
}

const periods: readonly Period[] = ['day', 'week'];
const most: Readonly<Record<Span, number>> = { hour: 15 * 24, day: 400 };

export function serveMetrics(app: Hono, { host, now, timeZone, collector, metrics }: MetricsPorts): void {
  app.get('/metrics', async (context) => {
    const { user, system } = process.cpuUsage();
    const { loopDelayMs, diskFreeBytes } = collector.lastSample ?? {};
    const present = {
      ...presentOf(host, now()),
      memoryBytes: process.memoryUsage.rss(),
      cpuSeconds: (user + system) / 1e6,
      startedAt: collector.startedAt,
      ...(loopDelayMs !== undefined && { loopDelayMs }),
      ...(diskFreeBytes !== undefined && { diskFreeBytes }),
    };
    const { contentType, text } = await expose(collector.total(), present, context.req.header('accept'));
    return context.body(text, 200, { 'content-type': contentType });
  });

  app.get('/api/metrics', async (context) => {
    const period = context.req.query('period') ?? 'day';
    if (!periods.includes(period as Period)) {
      return context.json({ error: `period: found '${period}', expected day or week.` }, 400);
    }
    return context.json(await metrics.overview(period as Period, now()));
  });

  app.get('/api/metrics/past', async (context) => {
    const { subject = '', span = 'hour', count = '48' } = context.req.query();
    if (span !== 'hour' && span !== 'day') {
      return context.json({ error: `span: found '${span}', expected hour or day.` }, 400);
    }
    const many = Number(count);
    if (!Number.isInteger(many) || many < 1 || many > most[span]) {
      return context.json({ error: `count: found '${count}', expected 1 to ${most[span]}.` }, 400);
    }
    return context.json({ subject, span, points: await metrics.past(subject, span, many, timeZone, now()) });
  });
}
