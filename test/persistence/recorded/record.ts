/**
 * Records a store of this version, for the tests of every later one: `npm run record:store`, when a version is released.
 *
 * It holds what a real service has left that was killed in the midst of its work: runs under way, held, failed and halted, a breaker that is
 * open, a token in the vault, a quota in use, an incident, a heartbeat, a record in quarantine, ledger, metrics and errors. Beside that, a
 * record of every state of every chart, as a host writes it on the shortest way there. A store that was recorded is never changed.
 */
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordKey } from '../../../src/persistence/record.ts';
import { openStore, type Write } from '../../../src/persistence/store.ts';
import { copyStore } from '../../../src/persistence/store-copy.ts';
import { readStoreFile } from '../../../src/persistence/store-reader.ts';
import { walk } from '../../../src/testing/paths/walk.ts';
import { Workplace } from '../../cli/nightshift.ts';
import { eventually } from '../../eventually.ts';
import { Drive } from '../../machines/drive.ts';
import {
  breakerModels,
  engineModels,
  heartbeatModels,
  incidentModels,
  quotaModels,
  tokenModels,
} from '../../machines/models.ts';
import { livedConfig, recordedKey } from './lived.ts';

const models = {
  engine: engineModels,
  breaker: breakerModels,
  token: tokenModels,
  quota: quotaModels,
  incident: incidentModels,
  heartbeat: heartbeatModels,
};

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8')) as {
  version: string;
};
const file = join(import.meta.dirname, `${version}.db`);
if (existsSync(file))
  throw new Error(`${file}: found a store of this version, expected none: what was recorded stays as it is.`);

const folder = mkdtempSync(join(tmpdir(), 'nightshift-record-'));
try {
  const lived = join(folder, 'lived.db');
  await live(lived);
  const store = await openStore(`sqlite://${lived}`);
  for await (const write of walked()) await store.write([write]);
  await store.close();
  const { rows } = await copyStore(lived, file);
  console.log(`${file}: ${rows} rows`);
} finally {
  rmSync(folder, { recursive: true });
}

/** Copies the store of a service that was killed. */
async function live(copy: string): Promise<void> {
  const server = createServer(({ url }, answer) => {
    if (url === '/token') answer.setHeader('content-type', 'application/json');
    if (url === '/ill') answer.statusCode = 503;
    answer.end(
      url === '/token'
        ? '{"access_token":"access-of-the-record","refresh_token":"refresh-of-the-record","token_type":"Bearer","expires_in":3600}'
        : '{"orders":2}',
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const place = new Workplace();
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    place.write('nightshift.config.ts', livedConfig(url));
    const environment = { NIGHTSHIFT_KEY: recordedKey.toString('base64') };
    const first = await place.start(environment);
    await place.runOnce(first, 'foreign', 'broken', 'program');
    await first.end('SIGTERM');
    place.changeRecord('engine/foreign', (record) => ({ ...record, machine: 'lamp' }));

    const service = await place.start(environment);
    await place.run('pause', 'paused');
    await place.run('trigger', 'midway');
    const state = (address: string, wanted: string) =>
      eventually(
        `${address} to be ${wanted}`,
        async () => (await service.actors())[address]?.state.startsWith(wanted) || undefined,
        service.log,
      );
    await state('engine/midway', 'running');
    await state('breaker/ill', 'open');
    await state('engine/held', 'held');
    await eventually('runs of orders', async () => (await service.actors())['engine/orders']?.lastRun, service.log);
    await eventually(
      'its second step',
      () =>
        readStoreFile(join(place.data, 'nightshift.db'), recordKey('engine/midway'))[0]?.json.includes(
          '"begin":"begun"',
        ),
      service.log,
    );
    // Metrics and errors are written every minute, and when the service ends in good order.
    await service.end('SIGTERM');
    const last = await place.start(environment);
    await eventually(
      'the run goes on',
      async () => (await last.actors())['engine/midway']?.state === 'running' || undefined,
      last.log,
    );
    await last.end('SIGKILL');
    await copyStore(join(place.data, 'nightshift.db'), copy);
  } finally {
    place.dispose();
    server.close();
    server.closeAllConnections();
  }
}

/** A record for each state that a walk leads to, with each set of timers and effects it may have there. */
async function* walked(): AsyncGenerator<Write> {
  for (const [kind, ofKind] of Object.entries(models)) {
    const seen = new Set<string>();
    for (const [name, model] of Object.entries(ofKind)) {
      for (const moves of walk(model).paths.values()) {
        const drive = await Drive.begin(model);
        for (const move of moves) await drive.take(move);
        const json = await drive.record();
        await drive.end();
        const { value, timers, effects } = JSON.parse(json).state;
        const stand = JSON.stringify([value, Object.keys(timers), Object.keys(effects)]);
        if (seen.has(stand)) continue;
        seen.add(stand);
        yield [recordKey(`${kind}/walked-${name.replaceAll(' ', '-')}-${seen.size}`), json];
      }
    }
  }
}
