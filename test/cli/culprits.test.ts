import { expect, it } from 'vitest';
import { culpritsText, replayLine } from '../../src/cli/culprits.ts';

const violation = { invariant: 'settles once', what: 'job: twice', at: 0 };

it('names the faults, the seed and the line that has it happen again', () => {
  const faults = ['call 3 to shop: 429 Retry-After 60', 'after 60000 ms: killed, back after 5s'];
  expect(culpritsText({ violation, faults }, { days: 7, seed: 4 })).toBe(
    [
      "It takes 2 faults to break 'settles once' with the seed 4:",
      '  call 3 to shop: 429 Retry-After 60',
      '  after 60000 ms: killed, back after 5s',
      '',
      "Again: nightshift simulate --days 7 --seed 4 --fault 'call 3 to shop: 429 Retry-After 60' --fault 'after 60000 ms: killed, back after 5s'",
    ].join('\n'),
  );
});

it('says when it takes none', () => {
  const text = culpritsText({ violation, faults: [] }, { days: 0.5, seed: 1 });
  expect(text).toContain("It takes no fault at all to break 'settles once' with the seed 1.");
  expect(text).toContain('Again: nightshift simulate --days 0.5 --seed 1 --faults none');
});

it('keeps the places, quoted for a shell', () => {
  const told = { days: 1, seed: 1, config: "it's mine.ts", world: './world.ts' };
  expect(replayLine({ violation, faults: [] }, told)).toBe(
    "nightshift simulate --days 1 --seed 1 --config 'it'\\''s mine.ts' --world ./world.ts --faults none",
  );
});
