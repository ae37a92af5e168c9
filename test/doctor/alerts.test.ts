import { expect, it } from 'vitest';
import { checkAlerts } from '../../src/doctor/alerts.ts';

const channels = (...names: string[]) => ({ channels: new Map(names.map((name) => [name, {} as never])) });

it('names the channels that incidents are told through', () => {
  expect(checkAlerts(channels('team', 'post'))).toEqual({
    check: 'alerts',
    severity: 'ok',
    what: 'incidents are told through team, post',
  });
});

it('says that nobody is told, and what to write, where there is none', () => {
  expect(checkAlerts(channels())).toMatchObject({
    severity: 'ok',
    what: expect.stringMatching(/^nobody is told of incidents, .* alerts\.channels in the config$/),
  });
});
