/**
 * Completion, in a real bash: what the script makes of the words on the line.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore } from '../../src/persistence/store.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const node = [process.execPath, '--conditions=nightshift-source', '--disable-warning=ExperimentalWarning', main];
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-completion-'));
  const command = join(folder, 'nightshift');
  writeFileSync(command, `#!/bin/sh\nexec ${node.map((word) => `'${word}'`).join(' ')} "$@"\n`);
  chmodSync(command, 0o755);
  const store = await openStore(`sqlite://${join(folder, 'nightshift.db')}`);
  await store.write(['engine/youtube', 'engine/yield', 'engine/hello'].map((id) => [`actor:${id}`, '{}']));
  await store.close();
  mkdirSync(join(folder, 'backups'));
  writeFileSync(join(folder, 'backups/nightshift-2026-11-23T02-30-00Z.db'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

const cases = [
  { words: ['tri'], offers: ['trigger'] },
  { words: ['trigger', '--data', '.', 'y'], offers: ['yield', 'youtube'] },
  { words: ['reset', '--data', 'nowhere', ''], offers: [] },
  { words: ['completion', ''], offers: ['bash', 'zsh', 'fish'] },
  { words: ['logs', '--level', 'w'], offers: ['warn'] },
  { words: ['import', 'crontab', '--cron', ''], offers: ['debian', 'cronie'] },
  { words: ['service', 'install', '--manager', 's'], offers: ['systemd'] },
  { words: ['help', 'im'], offers: ['import'] },
  { words: ['restore', '--data', '.', ''], offers: ['latest', 'nightshift-2026-11-23T02-30-00Z.db'] },
];

it('offers commands, names of the data folder and values, in a bash that has read the script', () => {
  // What bash itself and bash-completion would find out while somebody types.
  const script = `
    _get_comp_words_by_ref() { words=("\${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur="\${COMP_WORDS[COMP_CWORD]}"; prev="\${COMP_WORDS[COMP_CWORD-1]}"; }
    __ltrim_colon_completions() { :; }
    compopt() { :; }
    source <(nightshift completion bash)
    offered() {
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
      __nightshift_complete
      echo "=\${COMPREPLY[*]}"
    }
    ${cases.map(({ words }) => `offered nightshift ${words.map((word) => `'${word}'`).join(' ')}`).join('\n')}`;
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
  const out = execFileSync('bash', ['-c', script], { cwd: folder, env, encoding: 'utf8' });
  const offered = out.split(/^=/m).slice(1);
  expect(offered.map((text) => text.split(/\s+/).filter(Boolean))).toEqual(cases.map(({ offers }) => offers));
});

it('works in a bash that has nothing else, has read the script before, and another of the same library', () => {
  const script = `
    compopt() { :; }
    readonly ShellCompDirectiveError=1
    source <(nightshift completion bash)
    source <(nightshift completion bash)
    COMP_WORDS=(nightshift tri) COMP_CWORD=1
    __nightshift_complete
    echo "\${COMPREPLY[*]}"`;
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
  const ended = spawnSync('bash', ['--norc', '-c', script], { cwd: folder, env, encoding: 'utf8' });
  expect(ended).toMatchObject({ status: 0, stdout: 'trigger\n', stderr: '' });
});

it('has a script for the shells that it names, and says which those are', () => {
  const completion = (shell: string) =>
    spawnSync(node[0] as string, [...node.slice(1), 'completion', shell], { encoding: 'utf8' });
  expect(completion('zsh').stdout).toContain('#compdef nightshift');
  expect(completion('fish').stdout).toContain('complete -c nightshift');
  expect(completion('powershell')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('Allowed choices are bash, zsh, fish'),
  });
});
