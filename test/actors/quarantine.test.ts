import { expect, it } from 'vitest';
import { quarantinedIn } from '../../src/actors/quarantine.ts';

it('says who was put aside and why, or what its key says where a disk has changed the row', () => {
  const quarantined = { address: 'engine/a', at: 5, reason: 'found nothing', key: 'quarantine:engine/a:5' };
  const row = { key: quarantined.key, json: JSON.stringify(quarantined) };
  expect(quarantinedIn(row)).toEqual(quarantined);
  const reason = 'what was put aside can be read no more';
  expect(quarantinedIn({ ...row, json: `what was not written so: ${row.json}` })).toEqual({ ...quarantined, reason });
  expect(quarantinedIn({ key: 'quarantine:?', json: '{}' })).toMatchObject({ address: 'quarantine:?', at: 0, reason });
});
