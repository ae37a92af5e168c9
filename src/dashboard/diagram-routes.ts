/**
 * An engine's own chart as a picture, for the page: with its steps, hours and limits, and without what only notes something. And as
 * Mermaid source, which there is of those too that nobody can draw.
 */
import type { Context, Hono } from 'hono';
import type { Host } from '../actors/host.ts';
import type { Config, EngineConfig } from '../config/config.ts';
import { type Chart, chartOf } from '../diagrams/chart.ts';
import { DrawingError } from '../diagrams/drawing-thread.ts';
import { engineDiagram } from '../diagrams/engine-diagram.ts';
import { mermaidOf } from '../diagrams/mermaid.ts';
import { unknownActor } from './unknown-actor.ts';

export interface DiagramPorts {
  host: Host;
  /** With the engines and services that are built in. */
  config: Config;
  /** The chart as SVG. @throws {DrawingError} */
  draw: (chart: Chart) => Promise<string>;
}

/** Most pictures that are kept: some 30 KB each. */
const keptMax = 50;
/** The page has the pictures' style as a file: its policy allows none inside. */
const style = /<style>.*?<\/style>\n?/s;

export function serveDiagrams(app: Hono, { host, config, draw }: DiagramPorts): void {
  const kept = new Map<string, Promise<string>>();
  const pictureOf = (id: string, engine: EngineConfig): Promise<string> => {
    const known = kept.get(id);
    if (known) return known;
    const [oldest = ''] = kept.keys();
    if (kept.size >= keptMax) kept.delete(oldest);
    const picture = draw(ownChart(engine)).then((svg) => svg.replace(style, ''));
    kept.set(id, picture);
    // What could not be drawn is tried again for the next who asks.
    picture.catch(() => kept.delete(id));
    return picture;
  };
  const answer = (type: string, textOf: (id: string, engine: EngineConfig) => string | Promise<string>) => {
    return async (context: Context) => {
      const id = context.req.param('id') ?? '';
      const engine = config.engines.get(id);
      if (!engine) return unknownActor(context, host, `engine/${id}`);
      try {
        return context.body(await textOf(id, engine), 200, { 'content-type': type });
      } catch (error) {
        if (!(error instanceof DrawingError)) throw error;
        const source = `/api/actors/engine/${encodeURIComponent(id)}/diagram.mmd`;
        const status = error.code === 'CHART_TOO_LARGE' ? 422 : 503;
        return context.json({ error: error.message, code: error.code, source }, status);
      }
    };
  };
  app.get('/api/actors/engine/:id/diagram', answer('image/svg+xml', pictureOf));
  app.get(
    '/api/actors/engine/:id/diagram.mmd',
    answer('text/plain; charset=utf-8', (_, engine) => mermaidOf(ownChart(engine))),
  );
}

/** Without transitions that stay where they are: they would be half of what is written in the boxes. */
function ownChart(engine: EngineConfig): Chart {
  const chart = chartOf(engineDiagram(engine));
  return { ...chart, transitions: chart.transitions.filter(({ from, to }) => to !== null && to !== from) };
}
