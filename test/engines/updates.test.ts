import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Updates, type UpdatesPorts, updatesEngine } from '../../src/engines/updates.ts';
import { classify } from '../../src/policies/classify.ts';
import { eventually } from '../eventually.ts';
import { testScope } from './run-scope.ts';

const now = Date.parse('2026-11-23T05:00:00Z');
let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'nightshift-updates-')));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A program called npm, alone on the PATH with what it needs. */
function npm(script: string): NodeJS.ProcessEnv {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'npm'), `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
  chmodSync(join(bin, 'npm'), 0o755);
  return { PATH: bin };
}

const answering = (audit: string, outdated: string) =>
  npm(`case "$1" in audit) printf '%s' '${audit}'; exit 1;; outdated) printf '%s' '${outdated}'; exit 1;; esac`);

function engineWith(network: boolean, ports: Partial<UpdatesPorts>) {
  const usual = { configDir: folder, timeZone: 'UTC', clock: { now: () => now }, env: {}, nodeVersion: '24.21.0' };
  return updatesEngine({ schedule: '0 5 * * mon', network }, { ...usual, ...ports });
}

const look = (network: boolean, ports: Partial<UpdatesPorts> = {}, scope = testScope()) =>
  engineWith(network, ports).run(scope) as Promise<Updates>;

describe('without the network', () => {
  it('asks nobody, and says what it could not look at', async () => {
    const env = npm(`touch '${folder}/asked'`);
    expect(await look(false, { env })).toEqual({
      findings: [],
      unchecked: ['advisories and releases: builtIn.updates.network is off'],
    });
    expect(existsSync(join(folder, 'asked'))).toBe(false);
  });

  it('warns of a Node that gets no fixes any more', async () => {
    const scope = testScope();
    const { findings } = await look(false, { nodeVersion: '23.11.1' }, scope);
    expect(findings).toEqual([
      {
        severity: 'high',
        what: 'Node 23.11.1 has had no fixes since 2025-06-01.',
        fix: 'Move to Node 26, which gets them until 2029-04-30.',
      },
    ]);
    expect(scope.lines).toEqual([
      { level: 'warn', message: 'updates.found', facts: expect.objectContaining({ high: 1, findings }) },
    ]);
  });

  it('tells in time of one that soon gets none', async () => {
    const scope = testScope();
    const clock = { now: () => Date.parse('2027-03-01T05:00:00Z') };
    const { findings } = await look(false, { nodeVersion: '22.18.0', clock }, scope);
    expect(findings).toMatchObject([{ severity: 'moderate', what: 'Node 22.18.0 gets fixes only until 2027-04-30.' }]);
    expect(scope.lines).toMatchObject([{ level: 'info', message: 'updates.looked' }]);
  });

  it('tells of a Node that is older than the package needs', async () => {
    const { findings } = await look(false, { nodeVersion: '22.17.0' });
    expect(findings).toMatchObject([{ severity: 'high', what: expect.stringContaining('which is >=22.18') }]);
  });

  it('does not guess about one that it does not know', async () => {
    const { findings, unchecked } = await look(false, { nodeVersion: '41.0.0' });
    expect(findings).toEqual([]);
    expect(unchecked[0]).toBe('until when Node 41.0.0 gets fixes: this nightshift is older');
  });
});

describe('with the network', () => {
  const weak = '{"vulnerabilities":{"lodash":{"severity":"high","via":[{"title":"It is weak"}],"fixAvailable":true}}}';
  const outdated = '{"nightshift":{"current":"0.1.0","wanted":"0.2.0","latest":"0.2.0"}}';

  it('asks npm, and finds the worst first: findings are no failure, and in the log', async () => {
    const scope = testScope();
    const { findings, unchecked } = await look(true, { env: answering(weak, outdated) }, scope);
    expect(findings).toEqual([
      { severity: 'high', what: 'lodash has a known weakness, high: It is weak.', fix: 'npm audit fix.' },
      { severity: 'low', what: 'nightshift 0.2.0 is out; 0.1.0 is installed.', fix: 'npm update nightshift.' },
    ]);
    expect(unchecked).toEqual([]);
    expect(scope.lines).toMatchObject([{ level: 'warn', message: 'updates.found' }]);
  });

  it('asks in the folder of the config, and hands over nothing of what jobs have in the environment', async () => {
    const env = npm(`{ pwd; echo "$@"; env; } >> '${folder}/asked'; echo '{}'`);
    const more = {
      SHOP_TOKEN: 'a-secret',
      npm_config_registry: 'http://127.0.0.1:9',
      HTTPS_PROXY: 'http://127.0.0.1:8',
    };
    vi.stubEnv('SHOP_KEY', 'another-secret');
    await look(true, { env: { ...env, ...more } });
    vi.unstubAllEnvs();
    const asked = readFileSync(join(folder, 'asked'), 'utf8');
    expect(asked.match(/^(audit|outdated) --json$/gm)).toEqual(['audit --json', 'outdated --json']);
    expect(asked.split('\n')[0]).toBe(folder);
    expect(asked).toContain('npm_config_registry=http://127.0.0.1:9');
    expect(asked).toContain('HTTPS_PROXY=http://127.0.0.1:8');
    expect(asked).not.toMatch(/a-secret|another-secret/);
  });

  it.each([
    [
      '{"error":{"code":"ENOLOCK","summary":"It needs a lockfile."}}',
      'advisories: npm says ENOLOCK: It needs a lockfile.',
    ],
    [
      '{"message":"405 Method Not Allowed","statusCode":405,"error":{"summary":"","detail":""}}',
      'advisories: npm says E405: 405 Method Not Allowed',
    ],
  ])('says what npm could not look at: %s', async (answer, unchecked) => {
    const found = await look(true, { env: answering(answer, outdated) });
    expect(found.unchecked).toEqual([unchecked]);
    expect(found.findings).toHaveLength(1);
  });

  const failing = async (env: NodeJS.ProcessEnv) =>
    classify(await look(true, { env }).catch((thrown: unknown) => thrown), now);

  it.each(['{"error":{"code":"ENOTFOUND","summary":"no network"}}', '{"statusCode":503,"error":{"summary":""}}'])(
    'tries again later when the network or the registry is away: %s',
    async (answer) => {
      expect(await failing(answering(answer, '{}'))).toMatchObject({ class: 'recoverable', code: 'NPM_UNREACHABLE' });
      expect(engineWith(true, {}).settings.retry.tries).toBeGreaterThan(1);
    },
  );

  it('says what is missing without npm', async () => {
    mkdirSync(join(folder, 'empty'));
    expect(await failing({ PATH: join(folder, 'empty') })).toMatchObject({
      class: 'bug',
      code: 'NPM_MISSING',
      message: expect.stringMatching(/^npm audit --json: found no program npm on the PATH.*builtIn\.updates\.network/),
    });
  });

  it('says what npm says when that is no JSON', async () => {
    expect(await failing(npm('echo broken >&2; exit 1'))).toMatchObject({
      class: 'bug',
      code: 'NPM_UNREADABLE',
      message: expect.stringContaining('(broken)'),
    });
  });

  it('takes silence for nothing to say', async () => {
    expect(await look(true, { env: npm('exit 0') })).toEqual({ findings: [], unchecked: [] });
  });

  it('ends npm when it is told to stop', async () => {
    const abort = new AbortController();
    const env = npm(`echo $$ > '${folder}/pid'; exec sleep 60`);
    const running = look(true, { env }, testScope({ signal: abort.signal }));
    const isThere = () => existsSync(join(folder, 'pid')) && readFileSync(join(folder, 'pid'), 'utf8').trim();
    const pid = Number(await eventually('npm begins', isThere));
    abort.abort(new Error('the service stops'));
    await expect(running).rejects.toThrow('the service stops');
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
