import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countsOf, rowsIn, stateLines } from '../../src/persistence/state-lines.ts';
import { openStore, type Write } from '../../src/persistence/store.ts';
import { openStoreFile } from '../../src/persistence/store-reader.ts';
import type { Row } from '../../src/persistence/store-rows.ts';
import { fc } from '../property.ts';

const at = Date.parse('2026-11-23T02:30:00Z');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-state-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

let stores = 0;
async function stored(rows: readonly Write[]): Promise<string> {
  stores += 1;
  const file = join(folder, `${stores}.db`);
  const store = await openStore(`sqlite://${file}`);
  await store.write(rows);
  await store.close();
  return file;
}

async function exported(file: string): Promise<string> {
  const reader = openStoreFile(file, 'at one instant');
  try {
    return await joined(stateLines(reader, await countsOf(reader), { at, program: '0.1.0' }));
  } finally {
    reader.close();
  }
}

async function joined(texts: AsyncIterable<string>) {
  let all = '';
  for await (const text of texts) all += text;
  return all;
}

/** As a stream gives it: in pieces that end anywhere. */
async function* pieces(text: string | Uint8Array, length: number) {
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += length) yield bytes.subarray(from, from + length);
}

async function imported(text: string | Uint8Array, length = 1_000): Promise<Row[]> {
  const all: Row[] = [];
  for await (const rows of rowsIn(pieces(text, length), 'state.jsonl')) all.push(...rows);
  return all;
}

it('is a header and a line for each row, with secrets sealed as they are', async () => {
  const sealed = '{"v":1,"keyId":"0a1b2c3d","nonce":"bm9uY2U=","ciphertext":"eA==","tag":"dGFn"}';
  const file = await stored([
    ['vault:shop', sealed],
    ['actor:engine/a', '{"machine":"engine"}'],
    ['host:trial', 'null'],
    ['ledger:engine/a:00000000000001:000000000000', '{"at":1}'],
  ]);
  expect(await exported(file)).toBe(
    [
      '{"nightshift":"state","version":1,"at":"2026-11-23T02:30:00.000Z","program":"0.1.0","rows":4,"counts":{"actor":1,"host":1,"ledger":1,"vault":1}}',
      '{"key":"actor:engine/a","value":{"machine":"engine"}}',
      '{"key":"host:trial","value":null}',
      '{"key":"ledger:engine/a:00000000000001:000000000000","value":{"at":1}}',
      `{"key":"vault:shop","value":${sealed}}`,
      '',
    ].join('\n'),
  );
});

const key = fc.oneof(
  fc
    .tuple(fc.constantFrom('actor', 'ledger', 'vault', '__proto__', 'toString'), fc.string({ unit: 'grapheme' }))
    .map((parts) => parts.join(':')),
  fc.string({ unit: 'binary', minLength: 1 }),
);
const json = fc.oneof(
  fc.jsonValue().map((value) => JSON.stringify(value)),
  // What JSON.stringify would write in another way, and what is no JSON at all.
  fc.constantFrom(
    '{"b":1,"1":2}',
    '{ "a": 1 }',
    '1.0',
    '{"a":1,"a":2}',
    '"\\u0041"',
    '',
    'undefined',
    '{',
    '{"__proto__":1}',
    '-0',
    '"\u2028"',
    'a\nb',
  ),
  fc.string({ unit: 'binary' }),
);

it('comes back to the last byte: written out, read in, written out again', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.tuple(key, json), { maxLength: 30, selector: ([key]) => key }),
      fc.integer({ min: 1, max: 70 }),
      async (rows, length) => {
        const text = await exported(await stored(rows));
        const back = await imported(text, length);
        expect(await exported(await stored(back.map(({ key, json }) => [key, json] as const)))).toBe(text);
        expect(back.map(({ key, json }) => [key, json])).toEqual(expect.arrayContaining(rows));
      },
    ),
    { numRuns: 20 },
  );
});

const header = (counts: Record<string, number>) =>
  JSON.stringify({ nightshift: 'state', version: 1, rows: Object.values(counts).reduce((a, b) => a + b, 0), counts });
const row = (key: string) => JSON.stringify({ key, value: 1 });

describe('a text that is no export', () => {
  it.each([
    [
      'nothing',
      '',
      'state.jsonl:1: found nothing, expected the first line of an export. Write one with: nightshift export FILE',
    ],
    [
      'a row first',
      row('a:1'),
      /^state\.jsonl:1: found \{"key":"a:1","value":1\}, expected the first line of an export/,
    ],
    ['something else', '{"nightshift":"log"}', /^state\.jsonl:1: found .*, expected the first line of an export/],
    [
      'a newer version',
      '{"nightshift":"state","version":2}',
      /^state\.jsonl:1: found version 2 of an export, expected at most 1/,
    ],
    [
      'no counts',
      '{"nightshift":"state","version":1,"rows":1}',
      /^state\.jsonl:1: .*expected a header with rows and counts/,
    ],
    [
      'half a line',
      `${header({ a: 1 })}\n{"key":"a:1","val`,
      /^state\.jsonl:2: found \{"key":"a:1","val, which is no JSON, expected a row/,
    ],
    [
      'an unknown key',
      `${header({ a: 1 })}\n{"key":"a:1","value":1,"more":2}`,
      /^state\.jsonl:2: found .*, expected a row/,
    ],
    [
      'both forms',
      `${header({ a: 1 })}\n{"key":"a:1","value":1,"text":"2"}`,
      /^state\.jsonl:2: found .*, expected a row/,
    ],
    ['a text that is none', `${header({ a: 1 })}\n{"key":"a:1","text":2}`, /^state\.jsonl:2: found .*, expected a row/],
    ['a list', `${header({ a: 1 })}\n[1]`, /^state\.jsonl:2: found \[1\], expected a row/],
    [
      'a key twice',
      `${header({ a: 2 })}\n\n${row('a:1')}\n${row('a:1')}`,
      /^state\.jsonl:4: found a second row 'a:1', expected each key once/,
    ],
    [
      'a row less',
      `${header({ a: 2, b: 1 })}\n${row('a:1')}\n${row('b:1')}\n`,
      /^state\.jsonl:3: found the end after 1 rows of 'a', expected 2, as the first line says\. Take the whole file\.$/,
    ],
    [
      'a row more',
      `${header({ a: 1 })}\n${row('a:1')}\n${row('b:1')}`,
      /^state\.jsonl:3: found the end after 1 rows of 'b', expected 0/,
    ],
    [
      'a total that is wrong',
      `${header({ a: 1 }).replace('"rows":1', '"rows":3')}\n${row('a:1')}`,
      /^state\.jsonl:2: found the end after 1 rows, expected 3/,
    ],
  ])('is refused with its line: %s', async (_, text, message) => {
    await expect(imported(text)).rejects.toThrow(message);
  });

  it('is refused where its bytes are no text', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${header({ a: 1 })}\n{"key":"`),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}'),
    ]);
    await expect(imported(bytes)).rejects.toThrow('state.jsonl:2: found bytes that are no UTF-8, expected text.');
  });

  it('is refused where a line has no end', async () => {
    async function* endless() {
      yield Buffer.from(`${header({ a: 1 })}\n`);
      for (;;) yield Buffer.alloc(8_000_000, 'x');
    }
    const reading = rowsIn(endless(), 'state.jsonl').next();
    await expect(reading).rejects.toThrow('state.jsonl:2: found a line of more than 64MB, expected a row a line.');
  });
});

it('takes what an editor made of the line breaks', async () => {
  const text = `\ufeff${header({ a: 2 })}\r\n${row('a:1')}\r\n\r\n${row('a:2')}`;
  expect((await imported(text)).map(({ key }) => key)).toEqual(['a:1', 'a:2']);
});
