import { beforeEach, expect, it } from 'vitest';
import { HealedDay } from '../../src/dashboard/healed-day.ts';
import type { Json } from '../../src/json.ts';
import { ledgerRow } from '../../src/persistence/ledger.ts';
import type { Row } from '../../src/persistence/store-rows.ts';
import type { Settled } from '../../src/policies/run.ts';
import type { Address } from '../../src/stream.ts';

const hourMs = 3_600_000;
const start = 1_000 * hourMs;
const ran: Settled = { outcome: 'ran', due: null, result: 'success', attempts: 1 };
const failed: Settled = { ...ran, result: 'failure', reason: 'out of ink' };
const resolved = { incident: 'resolved', occurrence: 1, title: 'shop is down', lastedMs: 60_000 };

let rows: Row[];
/** How many rows were read. */
let read: number;
/** What happens while the ledger is read. */
let meanwhile: () => void;
let day: HealedDay;

beforeEach(() => {
  rows = [];
  read = 0;
  meanwhile = () => {};
  day = new HealedDay({
    range(from, to, limit) {
      meanwhile();
      const found = rows.filter(({ key }) => key >= from && key < to).slice(0, limit);
      read += found.length;
      return found;
    },
  });
});

/** What the host does with what is decided: it goes to the disk, and then into the stream. */
function decide(actor: string, at: number, facts: object) {
  const [key, json] = ledgerRow(actor, at, rows.length, facts as Json);
  rows.push({ key, json: json ?? '' });
  rows.sort((one, other) => (one.key < other.key ? -1 : 1));
  day.take({ address: actor as Address, at, facts: [facts as Json] });
}
const before = (actor: string, hoursAgo: number, facts: object) => decide(actor, start - hoursAgo * hourMs, facts);

it('tells what failed or was tried again and is well, of the last day alone', async () => {
  before('engine/broken', 1, failed);
  before('engine/fine', 1, ran);
  before('engine/long-ago', 30, { ...ran, attempts: 3 });
  before('engine/printer', 3, failed);
  before('engine/printer', 2, ran);
  before('engine/retried', 1, { ...ran, attempts: 3 });
  before('engine/retried', 0.5, { outcome: 'skipped', due: null });
  before('incident/breaker:shop', 4, resolved);
  before('incident/breaker:shop', 5, { ...resolved, incident: 'opened' });
  const { from, engines, incidents } = await day.upTo(start);
  expect(from).toBe(start - 24 * hourMs);
  expect(engines).toEqual([
    { engine: 'retried', failed: 0, retried: 1, reason: null, wellAt: start - hourMs },
    { engine: 'printer', failed: 1, retried: 0, reason: 'out of ink', wellAt: start - 2 * hourMs },
  ]);
  expect(incidents).toMatchObject([{ cause: 'breaker:shop', title: 'shop is down', times: 1, lastedMs: 60_000 }]);
});

it('reads the day once, however long that is and however often somebody asks, and goes on with what is told', async () => {
  for (let n = 0; n < 1_000; n++) before('engine/often', 20 - n / 100, n % 2 === 0 ? failed : ran);
  await Promise.all([day.upTo(start), day.upTo(start)]);
  // To find who has entries, one of each is read.
  expect(read).toBe(1_001);
  decide('engine/new', start + 1, { ...ran, attempts: 2 });
  decide('engine/often', start + 2, failed);
  decide('incident/token:a', start + 3, resolved);
  expect(await day.upTo(start + hourMs)).toMatchObject({
    engines: [{ engine: 'new', retried: 1 }],
    incidents: [{ cause: 'token:a', times: 1 }],
  });
  decide('engine/often', start + 4, ran);
  const { engines } = await day.upTo(start + hourMs);
  expect(engines).toMatchObject([{ engine: 'often', failed: 501 }, { engine: 'new' }]);
  expect(read).toBe(1_001);
});

it('forgets what a day has gone by over', async () => {
  before('engine/printer', 3, failed);
  before('engine/printer', 2, { ...ran, attempts: 2 });
  before('incident/breaker:shop', 2, resolved);
  expect((await day.upTo(start)).engines).toMatchObject([{ failed: 1, retried: 1, reason: 'out of ink' }]);
  expect((await day.upTo(start + 21.5 * hourMs)).engines).toMatchObject([{ failed: 0, retried: 1, reason: null }]);
  expect(await day.upTo(start + 23 * hourMs)).toMatchObject({ engines: [], incidents: [] });
});

it('counts what is decided while it reads once, be it read or told of first', async () => {
  before('engine/printer', 1, failed);
  let turn = 0;
  meanwhile = () => {
    turn += 1;
    if (turn > 4) return;
    decide('engine/printer', start + turn, { ...failed, run: `printer.${turn}` });
    decide('engine/zebra', start + turn, { ...ran, attempts: 2, run: `zebra.${turn}` });
  };
  await day.upTo(start);
  decide('engine/printer', start + 9, ran);
  const { engines } = await day.upTo(start + 10);
  expect(engines).toMatchObject([
    { engine: 'printer', failed: 5 },
    { engine: 'zebra', retried: 4 },
  ]);
});

it('reads for the next who asks what could not be read', async () => {
  before('engine/retried', 1, { ...ran, attempts: 3 });
  meanwhile = () => {
    throw new Error('the disk is gone');
  };
  await expect(day.upTo(start)).rejects.toThrow('the disk is gone');
  meanwhile = () => {};
  expect((await day.upTo(start)).engines).toMatchObject([{ engine: 'retried' }]);
});
