import { expect, it } from 'vitest';
import { otherWord } from '../../src/cli/other-words.ts';

it.each(['cancel', 'abort', 'terminate', 'kill'])('%s is meant for one job, and stops no service', (word) => {
  expect(otherWord(word)).toMatch(/^nightshift pause ENGINE/);
});

it('stop is meant for the service, and names what stops a job', () => {
  expect(otherWord('stop')).toMatch(/systemctl --user stop nightshift, .*; one engine: nightshift pause ENGINE$/);
});

it('a word that no tool has is no other word', () => {
  expect([otherWord('frobnicate'), otherWord('constructor')]).toEqual([undefined, undefined]);
});
