import { beforeEach, expect, it } from 'vitest';
import { Sessions, sessionMs } from '../../src/dashboard/sessions.ts';

const token = 'the-token-of-this-test';
let now = 0;
let sessions: Sessions;

beforeEach(() => {
  now = 1_000_000;
  sessions = new Sessions({ token, now: () => now });
});

function signedIn(): string {
  const answer = sessions.signIn(token);
  if (!('id' in answer)) throw new Error(`refused: ${answer.refused}`);
  return answer.id;
}

it('gives the token no second life: the id is another each time, and is not the token', () => {
  const [one, other] = [signedIn(), signedIn()];
  expect(one).not.toBe(other);
  expect(one).not.toContain(token);
  expect(sessions.use(one)).toBe(true);
  expect(sessions.use(token)).toBe(false);
  expect(sessions.use('')).toBe(false);
});

it('ends a session that is not used, and prolongs one that is', () => {
  const [used, unused] = [signedIn(), signedIn()];
  now += sessionMs - 1;
  expect(sessions.use(used)).toBe(true);
  now += 1;
  expect(sessions.has(unused)).toBe(false);
  expect(sessions.has(used)).toBe(true);
  sessions.end(used);
  expect(sessions.has(used)).toBe(false);
});

it('listens to nobody for a minute after five wrong tokens, not even to the right one', () => {
  for (let n = 0; n < 5; n++) expect(sessions.signIn(`wrong ${n}`)).toEqual({ refused: 'wrong' });
  now += 20_000;
  expect(sessions.signIn(token)).toEqual({ refused: 'tooMany', retryAfterMs: 40_000 });
  now += 40_000;
  expect(sessions.signIn(token)).toHaveProperty('id');
});

it('keeps the latest hundred sessions', () => {
  const first = signedIn();
  const others = Array.from({ length: 100 }, signedIn);
  expect(sessions.has(first)).toBe(false);
  expect(others.every((id) => sessions.has(id))).toBe(true);
});
