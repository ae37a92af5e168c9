/**
 * Whether anybody is told of what needs a person. Incidents stand in the page and in `nightshift incidents` in any case, for whoever looks.
 */
import type { Config } from '../config/config.ts';
import { type Finding, findings } from './finding.ts';

export function checkAlerts({ channels }: Pick<Config['alerts'], 'channels'>): Finding {
  const { ok } = findings('alerts');
  const names = [...channels.keys()];
  if (names.length > 0) return ok(`incidents are told through ${names.join(', ')}`);
  return ok(
    'nobody is told of incidents, which stand in nightshift incidents; to have that: alerts.channels in the config',
  );
}
