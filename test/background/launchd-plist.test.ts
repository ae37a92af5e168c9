import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { launchdPlist } from '../../src/background/launchd-plist.ts';
import { noteIn } from '../../src/background/note.ts';
import { launchWith, ugly } from './launch.ts';

/** As a parser reads it that is not ours. */
function read(plist: string): Record<string, unknown> {
  const script = 'import json, plistlib, sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))';
  return JSON.parse(execFileSync('python3', ['-c', script], { input: plist, encoding: 'utf8' }));
}

it('a property list is XML that says what is to run, to the letter', () => {
  const launch = launchWith({ scope: 'system', user: 'ada', port: '4200', envFile: `${ugly}/secrets` });
  const plist = launchdPlist(launch, '/n/dist/background/warden-process.js', '/Library/Logs/nightshift.log');
  expect(read(plist)).toEqual({
    Label: 'nightshift',
    ProgramArguments: [
      '/opt/node 24/bin/node',
      '--disable-warning=ExperimentalWarning',
      `--env-file=${ugly}/secrets`,
      '/n/dist/background/warden-process.js',
      ...['start', '--config', `${ugly}/nightshift.config.ts`, '--data', `${ugly}/.nightshift`, '--port', '4200'],
    ],
    UserName: 'ada',
    WorkingDirectory: ugly,
    EnvironmentVariables: { PATH: launch.searchPath },
    RunAtLoad: true,
    KeepAlive: true,
    ThrottleInterval: 10,
    ExitTimeOut: 60,
    Umask: 0o077,
    StandardOutPath: '/dev/null',
    StandardErrorPath: '/Library/Logs/nightshift.log',
  });
});

it('a path with two hyphens ends no comment in it', () => {
  const data = '/home/ada/a--b-->c';
  const plist = launchdPlist(launchWith({ data }), '/warden.js', '/log');
  expect((read(plist).ProgramArguments as string[]).at(-1)).toBe(data);
  expect(noteIn(plist)).toMatchObject({ data, untouched: true });
});
