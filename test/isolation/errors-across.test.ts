import { describe, expect, it } from 'vitest';
import { ErrorsAcross } from '../../src/isolation/errors-across.ts';
import { classify } from '../../src/policies/classify.ts';
import { ClassifiedError } from '../../src/policies/failure.ts';

const sides = () => [0, 0].map(() => new ErrorsAcross((error) => classify(error, 0))) as [ErrorsAcross, ErrorsAcross];
/** As it is after its way through a channel. */
const sent = <T>(message: T): T => structuredClone(message);

describe('an error that crosses', () => {
  it('is on the other side what is left of it when it is written down', () => {
    const [here, there] = sides();
    const thrown = Object.assign(new Error('reset'), { code: 'ECONNRESET', request: { headers: 'secret' } });
    const error = there.in(sent(here.out(thrown))) as ClassifiedError;
    expect(error).toBeInstanceOf(ClassifiedError);
    expect(error.failure).toMatchObject({ class: 'recoverable', code: 'ECONNRESET', message: 'reset' });
    expect(JSON.stringify(error.failure)).not.toContain('secret');
  });

  it('and comes back is the same object', () => {
    const [here, there] = sides();
    const thrown = new Error('mine');
    expect(here.in(sent(there.out(there.in(sent(here.out(thrown))))))).toBe(thrown);
  });

  it('and comes back within another has the same object as its cause', () => {
    const [here, there] = sides();
    const thrown = new Error('mine');
    const crossed = there.in(sent(here.out(thrown)));
    const wrapped = new Error('outer', { cause: new Error('middle', { cause: crossed }) });
    const back = here.in(sent(there.out(wrapped))) as Error;
    expect(back).not.toBe(thrown);
    expect(back.cause).toBe(thrown);
  });

  it('and comes back when a thousand others have crossed since is what was written down', () => {
    const [here, there] = sides();
    const crossed = there.in(sent(here.out(new Error('mine'))));
    for (let n = 0; n < 1_000; n++) here.out(new Error('another'));
    const back = here.in(sent(there.out(crossed)));
    expect(back).toBeInstanceOf(ClassifiedError);
    expect((back as Error).message).toBe('mine');
  });

  it('may be anything that can be thrown', () => {
    const [here, there] = sides();
    const error = there.in(sent(here.out('a text'))) as ClassifiedError;
    expect(error.failure.message).toContain('a text');
    expect(here.in(sent(there.out(error)))).toBe('a text');
  });
});

describe('an answer', () => {
  it('is what the work returned, or throws what it threw', async () => {
    const [here, there] = sides();
    expect(there.taken(sent(await here.answer(async () => 7)))).toBe(7);
    const failing = sent(await here.answer(() => Promise.reject(new TypeError('not a function'))));
    expect(() => there.taken(failing)).toThrow('not a function');
  });
});
