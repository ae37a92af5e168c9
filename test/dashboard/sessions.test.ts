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
  const id = sessions.signIn(token);
  if (id === null) throw new Error('refused');
  return id;
}

it('gives the token no second life: the id is another each time, and is not the token', () => {
  const [one, other] = [signedIn(), signedIn()];
  expect(one).not.toBe(other);
  expect(one).not.toContain(token);
  expect(sessions.use(one)).toBe(true);
  expect(sessions.use(token)).toBe(false);
  expect(sessions.use('')).toBe(false);
});

it('gives nothing for a wrong token', () => {
  expect(sessions.signIn('wrong')).toBeNull();
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

it('keeps the latest hundred sessions', () => {
  const first = signedIn();
  const others = Array.from({ length: 100 }, signedIn);
  expect(sessions.has(first)).toBe(false);
  expect(others.every((id) => sessions.has(id))).toBe(true);
});
