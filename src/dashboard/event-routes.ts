/**
 * Server-sent events: what the page shows, as it changes. A stream begins with everybody and goes on with whoever changes, so that one who
 * was cut off and comes back has missed nothing.
 */
import type { Context, Hono } from 'hono';
import type { Changes, Frame } from './changes.ts';

export interface EventPorts {
  changes: Changes;
  redact: (text: string) => string;
}

/** Most who may watch at once, and frames that wait for one who does not read. */
const watchersMax = 50;
const waitingMax = 500;

/** @param mayWatch asked again with each frame: who signs out sees no more */
export function serveEvents(
  app: Hono,
  { changes, redact }: EventPorts,
  mayWatch: (context: Context) => boolean = () => true,
): void {
  const encoder = new TextEncoder();
  const streams = new Set<object>();
  /** The frame that was written last: it is the same for all who watch. */
  let last: { frame: Frame; bytes: Uint8Array } | undefined;

  const written = (frame: Frame): Uint8Array => {
    if (last?.frame !== frame) {
      const text = `event: ${frame.name}\ndata: ${redact(JSON.stringify(frame.data))}\n\n`;
      last = { frame, bytes: encoder.encode(text) };
    }
    return last.bytes;
  };

  app.get('/api/events', (context) => {
    if (streams.size >= watchersMax) {
      return context.json({ error: `expected at most ${watchersMax} who watch at once.` }, 503);
    }
    const self = {};
    let end = () => {};
    const stop = () => {
      streams.delete(self);
      end();
    };
    const stream = new ReadableStream<Uint8Array>(
      {
        start(controller) {
          const tell = (frame: Frame) => {
            const isWelcome = mayWatch(context);
            if (isWelcome) controller.enqueue(written(frame));
            // Who does not read comes back and begins anew.
            if (isWelcome && (controller.desiredSize ?? 0) > 0) return;
            stop();
            controller.close();
          };
          end = changes.watch(tell);
          streams.add(self);
        },
        cancel: stop,
      },
      new CountQueuingStrategy({ highWaterMark: waitingMax }),
    );
    return context.body(stream, 200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
    });
  });
}
