/**
 * `updates`: every week, whether Node and the packages are still looked after.
 *
 * By itself it asks nobody: until when Node gets fixes stands in a table. With `network` it also asks npm for advisories and
 * releases, in the folder of the config. Findings are no failure: a person reads them in the log and in the daily report.
 */
import { readFileSync } from 'node:fs';
import type { Clock } from '../clock.ts';
import type { BuiltInConfig, FunctionEngine } from '../config/config.ts';
import type { RunScope } from '../config/run-scope.ts';
import { isAtLeast, longestNodeLine, nodeLife } from '../policies/node-release.ts';
import { advisories, type Finding, releases } from '../policies/npm-findings.ts';
import { builtInSettings, scheduled } from './built-in-settings.ts';
import { askNpm } from './npm.ts';

export interface UpdatesPorts {
  /** Where npm is asked. */
  configDir: string;
  timeZone: string;
  clock: Pick<Clock, 'now'>;
  env: NodeJS.ProcessEnv;
  /** Default: the one that this runs on, as in `24.21.0`. */
  nodeVersion?: string;
}

/** What a run returns. */
export interface Updates {
  /** The worst first; at most {@link findingsMax}. */
  findings: Finding[];
  /** What could not be looked at, and why. */
  unchecked: string[];
}

const timeoutMs = 300_000;
const retry = { tries: 4, baseMs: 600_000, capMs: 3_600_000, jitter: 'partial' } as const;
const findingsMax = 200;
const worstFirst: readonly Finding['severity'][] = ['high', 'moderate', 'low'];

export function updatesEngine(
  { schedule, network }: NonNullable<BuiltInConfig['updates']>,
  ports: UpdatesPorts,
): FunctionEngine {
  return {
    id: 'updates',
    importance: 'low',
    settings: builtInSettings({ schedule: scheduled(schedule, ports.timeZone), timeoutMs, retry }),
    run: (scope) => look(scope, network, ports),
  };
}

async function look({ log, signal }: RunScope, network: boolean, ports: UpdatesPorts): Promise<Updates> {
  const node = nodeFindings(ports.nodeVersion ?? process.versions.node, ports.clock.now());
  const npm = network
    ? await npmFindings(ports, signal)
    : { findings: [], unchecked: ['advisories and releases: builtIn.updates.network is off'] };
  const findings = [...node.findings, ...npm.findings]
    .sort((one, other) => worstFirst.indexOf(one.severity) - worstFirst.indexOf(other.severity))
    .slice(0, findingsMax);
  const unchecked = [...node.unchecked, ...npm.unchecked];
  const high = findings.filter(({ severity }) => severity === 'high').length;
  if (high > 0) log.warn({ high, findings: findings.slice(0, 10), unchecked }, 'updates.found');
  else log.info({ findings: findings.slice(0, 10), unchecked }, 'updates.looked');
  return { findings, unchecked };
}

function nodeFindings(version: string, now: number): Updates {
  const findings: Finding[] = [];
  const unchecked: string[] = [];
  const life = nodeLife(version, now);
  const { major, end } = longestNodeLine();
  if (life === null) unchecked.push(`until when Node ${version} gets fixes: this nightshift is older`);
  else if (life.life !== 'fresh') {
    const isOver = life.life === 'over';
    findings.push({
      severity: isOver ? 'high' : 'moderate',
      what: `Node ${version} ${isOver ? 'has had no fixes since' : 'gets fixes only until'} ${life.end}.`,
      fix: `Move to Node ${major}, which gets them until ${end}.`,
    });
  }
  const range = enginesRange();
  const fits = isAtLeast(version, range);
  if (fits === null) unchecked.push(`whether Node ${version} is within ${range}`);
  if (fits === false) {
    const what = `Node ${version} is older than nightshift needs, which is ${range}.`;
    findings.push({ severity: 'high', what, fix: `Move to Node ${major}.` });
  }
  return { findings, unchecked };
}

async function npmFindings({ configDir, env }: UpdatesPorts, signal: AbortSignal): Promise<Updates> {
  const questions = [
    { about: 'advisories', args: ['audit', '--json'], read: advisories },
    { about: 'releases', args: ['outdated', '--json'], read: releases },
  ];
  const findings: Finding[] = [];
  const unchecked: string[] = [];
  for (const { about, args, read } of questions) {
    const { said, code, summary } = await askNpm(args, configDir, env, signal);
    if (code === null) findings.push(...read(said));
    else unchecked.push(`${about}: npm says ${code}: ${summary}`);
  }
  return { findings, unchecked };
}

/** What the package says of the Node that it needs. */
function enginesRange(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { engines: { node: string } }).engines.node;
}
