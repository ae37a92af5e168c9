/**
 * An answer whose body may not stall: the time limit of a call ends with its headers, and a server that
 * drips or falls silent after them would hold up the job.
 */
import type { Clock } from '../../clock.ts';
import { formatDuration } from '../../policies/duration.ts';
import { ClassifiedError } from '../../policies/failure.ts';

/**
 * The same response, whose body fails when nothing arrives for `stallMs` while somebody reads it.
 *
 * @param what begins the message of the {@link ClassifiedError}, of class recoverable, `BODY_STALLED`
 * @param failed told of whatever ends the body early; what it returns is what the reader gets
 */
export function stallGuarded(
  response: Response,
  clock: Clock,
  stallMs: number,
  what: string,
  failed: (error: unknown) => Error,
): Response {
  const { body, status, statusText, headers, url, redirected } = response;
  if (!body) return response;
  const reader = body.getReader();
  const guarded = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await inTime(reader, clock, stallMs, what).catch((error) => {
        throw failed(error);
      });
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  const copy = new Response(guarded, { status, statusText, headers });
  return Object.defineProperties(copy, { url: { value: url }, redirected: { value: redirected } });
}

function inTime(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  clock: Clock,
  stallMs: number,
  what: string,
): ReturnType<typeof reader.read> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      cancel();
      reader.cancel(error).catch(() => {});
      reject(error);
    };
    const cancel = clock.after(stallMs, () => {
      const message = `${what}: nothing arrived for ${formatDuration(stallMs)}.`;
      fail(new ClassifiedError({ class: 'recoverable', code: 'BODY_STALLED', message }));
    });
    reader.read().then((read) => {
      cancel();
      resolve(read);
    }, fail);
  });
}
