import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Preset, presetWords } from '../../src/testing/simulate/presets.ts';
import type { SimulationReport } from '../../src/testing/simulate/report.ts';
import { Workplace } from './nightshift.ts';

const config = `
import { command, defineConfig, engine, env, oauth2 } from 'nightshift';
export default defineConfig({
  timeZone: 'UTC',
  builtIn: { health: false, resources: false },
  tokens: { google: oauth2({ tokenUrl: env('NOWHERE_TOKEN_URL'), clientId: 'me', refreshToken: env('NOWHERE_REFRESH') }) },
  services: { shop: { url: env('NOWHERE_SHOP'), token: 'google' } },
  engines: [
    engine('orders', { every: '30m', run: ({ step, service }) => step('list', async () => (await service('shop').fetch('/')).json()) }),
    command('import', { schedule: '0 * * * *', run: ['true'], minOutput: 1 }),
  ],
});
`;

const writer = `
import { writeFile } from 'node:fs/promises';
import { defineConfig, engine } from 'nightshift';
export default defineConfig({
  timeZone: 'UTC',
  builtIn: { health: false, resources: false },
  engines: [engine('my-writer', { every: '30m', run: ({ step }) => step('save', async () => { await writeFile('never.txt', 'x'); return 'real'; }) })],
});
`;

let place: Workplace;
beforeEach(() => {
  place = new Workplace();
  place.write('nightshift.config.ts', config);
});
afterEach(() => place.dispose());

const simulated = (...args: string[]) => place.run('simulate', '--days', '0.5', ...args);
const facts = (out: string) => JSON.parse(out) as SimulationReport;

it('prints a report of the config with a variable for every name, and how far it is', async () => {
  const { code, out, err } = await simulated('--faults', 'none');
  expect(code).toBe(0);
  expect(out).toMatch(/^0.5 days, faults 'none', seed 1\n\nruns +\d+ ended well \(0 of them late\), 0 failed;/);
  expect(out).toMatch(/^orders +\d+ +\d+ +0/m);
  expect(out).toMatch(/^import +\d+ +\d+ +0/m);
  expect(err.trimEnd().split('\n')).toEqual(
    Array.from({ length: 10 }, (_, n) => `simulating 0.5 days: ${(n + 1) * 10} %`),
  );
  expect(existsSync(place.data)).toBe(false);
});

it('with --json prints the same for the same seed, and something else for another', async () => {
  const one = await simulated('--json', '--seed', '5');
  const same = await simulated('--json', '--seed', '5');
  const other = await simulated('--json', '--seed', '6');
  expect(one.out.trimEnd()).not.toContain('\n');
  expect(same.out).toBe(one.out);
  expect(facts(one.out)).toMatchObject({ seed: 5, days: 0.5, faults: 'hostile', violations: [] });
  expect(facts(other.out).digest).not.toBe(facts(one.out).digest);
});

it('writes a page', async () => {
  const { code, err } = await simulated('--faults', 'calm', '--out', 'report.html');
  expect([code, err.trimEnd().split('\n').at(-1)]).toEqual([0, 'report.html: written']);
  expect(readFileSync(join(place.folder, 'report.html'), 'utf8')).toContain('<h1>0.5 days of &#39;calm&#39;</h1>');
});

it('has exactly the faults happen that it is told', async () => {
  const { out } = await simulated(
    '--json',
    '--fault',
    'call 2 to shop: 503',
    '--fault',
    'after 3600000 ms: killed, back after 5s',
  );
  const { crashes, happened, faults } = facts(out);
  expect({ crashes, happened, faults }).toEqual({
    crashes: 1,
    faults: 'as listed',
    happened: [
      { fault: '503', times: 1, calls: 1 },
      { fault: 'killed', times: 1, calls: 0 },
    ],
  });
});

it.each([
  ['rates.json', '{ "calls": { "serverError": 0.5 } }'],
  ['rates.ts', 'export default { calls: { serverError: 0.5 } } satisfies { calls: object };'],
])('takes fault rates from %s', async (name, text) => {
  place.write(name, text);
  const { happened, faults } = facts((await simulated('--json', '--faults', name)).out);
  expect(faults).toBe(name);
  expect(happened.map(({ fault }) => fault)).toEqual(['503']);
});

describe('a file with doubles', () => {
  it('stands in for services, steps and programs', async () => {
    place.write(
      'world.ts',
      `import { answer } from 'nightshift/testing';
export default {
  services: { shop: () => answer(404, { error: 'closed' }) },
  programs: { import: () => ({ lines: 0 }) },
};`,
    );
    const { engines, reasons } = facts((await simulated('--json', '--faults', 'none', '--world', 'world.ts')).out);
    expect(engines.map(({ ran, late }) => ran + late)).toEqual([0, 0]);
    expect(
      reasons.some(({ engine, outcome, reason }) => engine === 'orders' && outcome === 'failed' && /404/.test(reason)),
    ).toBe(true);
  });

  it('may export its parts by name', async () => {
    place.write('nightshift.config.ts', writer);
    place.write('world.ts', `export const steps = { 'my-writer': { save: () => 'double' } };`);
    const { code, out } = await simulated('--json', '--faults', 'none', '--world', 'world.ts');
    expect([code, facts(out).totals.failed]).toEqual([0, 0]);
    expect(existsSync(join(place.folder, 'never.txt'))).toBe(false);
  });
});

describe('a rule of one’s own', () => {
  const rule = `import { invariant } from 'nightshift/testing';
export const invariants = [
  invariant('the shop is always there', (world, broken) => (event) => {
    if (event.type === 'call.ended' && event.exchange.status === 503) broken('it was not');
  }),
];`;

  it('that is broken ends it with exit code 1, the one fault that it takes, and a line that has it happen again', async () => {
    place.write('world.ts', rule);
    place.write('rates.json', '{ "calls": { "serverError": 0.3 }, "crashes": { "every": "2h", "down": "5s" } }');
    const { code, out, err } = await simulated('--faults', 'rates.json', '--world', 'world.ts');
    expect(code).toBe(1);
    expect(err).toContain('Something did not hold. Looking for the few faults that it takes.');
    expect(out).toMatch(
      /It takes one fault to break 'the shop is always there' with the seed 1:\n {2}call \d+ to shop: 503\n/,
    );
    const [, fault = ''] = /--fault '([^']+)'/.exec(out) ?? [];

    const again = await simulated('--world', 'world.ts', '--fault', fault);
    expect(again.code).toBe(1);
    expect(again.out).toContain("to break 'the shop is always there'");
  });

  it('that names no engine is the first of the worst moments, with the faults before it', async () => {
    place.write('world.ts', rule);
    place.write('rates.json', '{ "calls": { "serverError": 0.3 } }');
    const { out } = await simulated('--faults', 'rates.json', '--world', 'world.ts');
    const [, moment = ''] = /Worst moment 1: the shop is always there: it was not\n\n(.*?)\n\n/s.exec(out) ?? [];
    expect(moment).toMatch(/call \d+ to shop: 503\n.*the shop is always there: it was not$/);
  });

  it('is not asked when a run is lost: that ends it with 1 all the same', async () => {
    // Whoever counts is told of another schedule in the end: there are more due times than the ledger has settled.
    place.write(
      'world.ts',
      `const forge = (settings) => {
  settings.schedule = { ...settings.schedule, everyMs: 600_000 };
};
export const invariants = [
  { name: 'forged', watch: ({ config }) => ({ atEnd: () => forge(config.engines.get('orders').settings) }) },
];`,
    );
    const { code, out } = await simulated('--faults', 'none', '--world', 'world.ts');
    expect(out).toMatch(/^lost +[1-9]\d* of/m);
    expect(out).toContain('what must hold    held, but runs were lost');
    expect(code).toBe(1);
  });

  it('that holds ends it with 0', async () => {
    place.write('world.ts', rule);
    expect((await simulated('--faults', 'none', '--world', 'world.ts')).code).toBe(0);
  });

  it('that is none is refused', async () => {
    place.write('world.ts', `export const invariants = [() => {}];`);
    const { code, err } = await simulated('--world', 'world.ts');
    expect(code).toBe(2);
    expect(err).toContain(
      'world.ts: invariants.0: found a function, expected an invariant: an object with a name, and',
    );
  });
});

it('a job that reaches outside is named once, with its step and the way out', async () => {
  place.write('nightshift.config.ts', writer);
  const { code, out, err } = await simulated('--faults', 'none');
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain(
    "engine 'my-writer', step 'save': node:fs/promises.writeFile: found a call of it in a simulated world",
  );
  expect(err).toContain(`    steps: { "my-writer": { save: () => 'what the step returns' } },`);
  expect(err).toContain('nightshift simulate --world world.ts');
  expect(err.match(/my-writer', step/g)).toHaveLength(1);
});

describe('a double of a step that there is not', () => {
  const doubled = (step: string) => `export const steps = { 'my-writer': { '${step}': () => 'double' } };`;

  it('is taken for the one that reaches outside', async () => {
    place.write('nightshift.config.ts', writer);
    place.write('world.ts', doubled('saev'));
    const { code, err } = await simulated('--faults', 'none', '--world', 'world.ts');
    expect(code).toBe(2);
    expect(err).toContain("engine 'my-writer', step 'save': node:fs/promises.writeFile: found a call of it");
    expect(err).toContain(
      "world.ts: steps.my-writer.saev: found 'saev', to which no run came, expected a step of my-writer. Did you mean 'save'?",
    );
  });

  it('is refused when its name is near that of a step without one', async () => {
    place.write('world.ts', `export const steps = { orders: { lisst: () => [] } };`);
    const { code, out, err } = await simulated('--faults', 'none', '--world', 'world.ts');
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(
      "world.ts: steps.orders.lisst: found 'lisst', to which no run came, expected a step of orders. Did you mean 'list'?",
    );
  });

  it('is told of when it may be for another occasion', async () => {
    place.write('world.ts', `export const steps = { orders: { refund: () => [] } };`);
    const { code, err } = await simulated('--faults', 'none', '--world', 'world.ts');
    expect(code).toBe(0);
    expect(err).toContain(
      "world.ts: steps.orders.refund was not asked for: no run of orders came to a step 'refund', but to 'list'.",
    );
  });
});

it.each(['none', 'calm'])('says what it is when nothing goes wrong: %s', async (preset) => {
  const { out } = await place.run('simulate', '--days', '0.1', '--faults', preset);
  expect(out).toContain(`faults            none; '${preset}': ${presetWords[preset as Preset]}`);
});

it('--help says what each preset is like, and that a world may have rules', async () => {
  const { out } = await place.run('simulate', '--help');
  for (const words of Object.values(presetWords)) expect(out).toContain(words);
  expect(out.replaceAll(/\s+/g, ' ')).toContain('or invariants (what must hold)');
});

describe('is used wrongly', () => {
  it.each([
    [['--days', 'a week'], "--days: found 'a week', expected a number of days up to 3660, such as 7 or 0.5."],
    [['--days', '0'], "--days: found '0', expected a number of days up to 3660, such as 7 or 0.5."],
    [['--seed', '-1'], "--seed: found '-1', expected a whole number up to 4294967295."],
    [['--faults', 'hostle'], "--faults: found 'hostle', expected a preset or a file. Did you mean 'hostile'?"],
    [
      ['--faults', 'nowhere/rates.ts'],
      "--faults: found 'nowhere/rates.ts', expected a preset or a file. There are 'none', 'calm', 'hostile' and 'outage'.",
    ],
    [
      ['--fault', '503'],
      "--fault: found '503', expected one as a simulation prints it, such as 'call 3 to shop: 503' or 'after 60000 ms: killed, back after 5s'.",
    ],
    [['--world', 'nowhere.ts'], "--world: found no file 'nowhere.ts', expected one that exports doubles."],
    [['--world', '.'], "--world: found no file '.', expected one that exports doubles."],
    [
      ['--faults', '.'],
      "--faults: found '.', expected a preset or a file. There are 'none', 'calm', 'hostile' and 'outage'.",
    ],
  ])('with %j', async (args, message) => {
    const { code, out, err } = await place.run('simulate', ...args);
    expect([code, out, err.trimEnd()]).toEqual([2, '', message]);
  });

  it('with a folder for the page that does not exist', async () => {
    const { code, err } = await simulated('--out', 'nowhere/report.html');
    expect(code).toBe(2);
    expect(err).toMatch(/^--out: found no folder .*nowhere, expected one that exists\. Make it, or name another\.\n$/);
  });

  it.each([
    ['rates.json', '--faults', '{', /^rates\.json: found what is no JSON \(.*\), expected JSON\. Mend it\.$/],
    [
      'rates.json',
      '--faults',
      '{ "cals": {} }',
      /^rates\.json: cals: found the unknown key 'cals', .* Did you mean 'calls'\?$/,
    ],
    [
      'rates.json',
      '--faults',
      '{}',
      /^rates\.json: found no fault rate, expected one at least\. Write \{ "calls": .* or use --faults none, with which nothing goes wrong\.$/,
    ],
    [
      'world.ts',
      '--world',
      '',
      /^world\.ts: found a file that exports nothing, expected services, steps, programs or invariants\. Write export default /,
    ],
    ['world.json', '--world', '{}', /^world\.json: found a file that exports nothing, /],
    ['rates.ts', '--faults', 'export default {', /^rates\.ts:\d+: found a syntax error/],
    [
      'world.ts',
      '--world',
      'export default 3;',
      /^world\.ts: found 3, expected an object with services, steps or programs\.|^world\.ts: found a number, expected an object/,
    ],
    [
      'world.ts',
      '--world',
      'export default { services: { shpo: () => {} } };',
      /^world\.ts: services\.shpo: found 'shpo', expected a service of the config\. Did you mean 'shop'\?$/,
    ],
    [
      'world.ts',
      '--world',
      'export default { steps: { orders: { list: 3 } } };',
      /^world\.ts: steps\.orders\.list: found 3, expected a function\. /,
    ],
    [
      'world.ts',
      '--world',
      'export default { programs: { orders: () => ({}) } };',
      /^world\.ts: programs\.orders: found 'orders', expected an engine of the config that runs a program\. There is 'import'\.$/,
    ],
  ])('with a wrong %s for %s: %s', async (name, option, text, message) => {
    place.write(name, text);
    const { code, out, err } = await simulated(option, name);
    expect([code, out]).toEqual([2, '']);
    expect(err.trimEnd()).toMatch(message);
  });

  it('with a wrong config', async () => {
    place.write('nightshift.config.ts', 'export default { engines: 3 };');
    const { code, err } = await simulated();
    expect([code, err.trimEnd()]).toEqual([
      2,
      'engines: found a number, expected an array of engine(id, { … }). Write that instead.',
    ]);
  });
});
