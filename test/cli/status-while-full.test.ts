/**
 * What `status` says of a service whose store takes no writes, as a full disk has it: nothing has failed yet, and nothing is right.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { status } from '../../src/cli/status.ts';
import { recordView } from '../../src/dashboard/record-view.ts';
import { dataDirAt } from '../../src/persistence/data-dir.ts';
import { acquireLock } from '../../src/persistence/lock.ts';
import { HttpServer, json } from '../actors/effects/http-server.ts';
import { StorePlace } from './store-place.ts';

const now = Date.parse('2026-11-23T06:00:00Z');
const state = {
  value: { idle: 'onDemand' },
  context: { settings: {}, run: null, hold: null },
  timers: {},
  effects: {},
};
const record = { machine: 'engine', version: 1, settings: '', state, crashes: [], halted: null };

it('says that nothing begins, and of no engine that it is all right', async () => {
  const place = new StorePlace();
  await using service = await HttpServer.open();
  const { lock, address } = dataDirAt(place.data);
  mkdirSync(place.data, { mode: 0o700 });
  const held = acquireLock(lock, now);
  writeFileSync(address, JSON.stringify({ url: service.url, pid: process.pid }));
  const actors = [recordView('engine/job', JSON.stringify(record))];
  try {
    const answer = { state: 'running', at: now, actors, quarantine: [] };
    service.answer = json(200, answer);
    await status(place.options, now);
    expect(place.said().out).toContain('The engine is all right.');
    service.answer = json(200, { ...answer, storeError: 'the disk is full' });
    await status(place.options, now);
    const { out } = place.said();
    expect(out).toContain('The store takes no writes, and nothing begins until it does: the disk is full');
    expect(out).not.toContain('all right');
  } finally {
    held.release();
    place.dispose();
  }
});
