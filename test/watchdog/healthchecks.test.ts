import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { healthchecks } from '../../src/watchdog/healthchecks.ts';

const clock = new VirtualClock();

function dog(answer: (signal: AbortSignal) => Promise<Response> = async () => new Response('OK')) {
  const sent: string[] = [];
  const send = ((url: string, { method, body, signal }: RequestInit) => {
    sent.push(`${method} ${url} ${body}`);
    return answer(signal as AbortSignal);
  }) as typeof fetch;
  return { sent, dog: healthchecks('https://hc.example/id/', 60_000, clock, send) };
}

describe('an address as Healthchecks has it', () => {
  it('is told of the start, of what is well, and of what is wrong in words', async () => {
    const { sent, dog: it } = dog();
    await it.started();
    await it.feed();
    await it.failed('the store takes no writes');
    expect(sent).toEqual([
      'POST https://hc.example/id/start ',
      'POST https://hc.example/id ',
      'POST https://hc.example/id/fail the store takes no writes',
    ]);
  });

  it('is told of an end by an error, and of no other', async () => {
    const { sent, dog: it } = dog();
    await it.stopping(null);
    expect(sent).toEqual([]);
    await it.stopping('out of memory');
    expect(sent).toEqual(['POST https://hc.example/id/fail out of memory']);
  });

  it('that answers otherwise than well was not told', async () => {
    const { dog: it } = dog(async () => new Response('no such check', { status: 404 }));
    await expect(it.feed()).rejects.toThrow('the watchdog answered 404');
  });

  it('that does not answer is given ten seconds', async () => {
    const { dog: it } = dog(
      (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    let ended = 'waiting';
    const fed = it.feed().catch((error: Error) => {
      ended = error.message;
    });
    await clock.advance(9_999);
    expect(ended).toBe('waiting');
    await clock.advance(1);
    await fed;
    expect(ended).toBe('the watchdog did not answer in time');
  });
});
