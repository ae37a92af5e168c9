/**
 * Whether the Node that runs this is one that gets fixes, and knows the time zones of the config.
 */
import { longestNodeLine, nodeLife } from '../policies/node-release.ts';
import { type Finding, findings } from './finding.ts';

const node = findings('node');
const zones = findings('time zones');

/** Releases of the time zone database older than this miss rules that somebody has changed since. */
const zoneYearsMax = 2;

/** @param version as in `24.21.0` */
export function checkNode(version: string, now: number): Finding {
  const life = nodeLife(version, now);
  const upgrade = `Install Node ${longestNodeLine().major}: https://nodejs.org`;
  if (life?.life === 'over') return node.problem(`Node ${version} gets no more fixes since ${life.end}`, upgrade);
  if (life?.life === 'ending') return node.warning(`Node ${version} gets fixes until ${life.end} only`, upgrade);
  return node.ok(life ? `Node ${version}, which gets fixes until ${life.end}` : `Node ${version}`);
}

/**
 * @param release of the time zone database that Node has, as in `2026a`; undefined for one built without any
 * @param wanted the zones that the config names
 */
export function checkZones(release: string | undefined, wanted: readonly string[], now: number): Finding {
  const build = 'Install a Node that was built with all time zones: https://nodejs.org';
  if (release === undefined) return zones.problem('Node has no time zone data', build);
  const unknown = wanted.filter((zone) => !isKnown(zone));
  if (unknown.length > 0) return zones.problem(`Node does not know ${unknown.join(', ')}`, build);
  const years = new Date(now).getUTCFullYear() - Number.parseInt(release, 10);
  const known = `time zone data ${release}, which knows ${wanted.join(', ') || 'UTC'}`;
  if (years <= zoneYearsMax) return zones.ok(known);
  return zones.warning(
    `${known}; it is ${years} years old, and countries change their clocks`,
    `Install Node ${longestNodeLine().major}: https://nodejs.org`,
  );
}

function isKnown(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
}
