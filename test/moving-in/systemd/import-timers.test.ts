import { describe, expect, it } from 'vitest';
import { configText, loadable } from '../../../src/moving-in/config-text.ts';
import { named } from '../../../src/moving-in/job-names.ts';
import { importTimers, type TimerFacts } from '../../../src/moving-in/systemd/import-timers.ts';

const ada = { name: 'ada', home: '/home/ada', isRoot: false, id: 1000 };
const root = { name: 'root', home: '/root', isRoot: true, id: 0 };
const host = { name: 'box', architecture: 'x86-64', kernel: '6.1', id: 'abc' };

function imported(
  units: Record<string, string | string[]>,
  kind: 'system' | 'user' = 'user',
  more: Partial<TimerFacts> = {},
) {
  const facts: TimerFacts = {
    from: 'units',
    textsOf: (name) =>
      [units[name] ?? []].flat().map((text, n) => ({ file: `/units/${name}${n === 0 ? '' : `.d/${n}`}`, text })),
    user: kind === 'user' ? ada : root,
    accountOf: (name) => (name === 'www' ? { name, home: '/var/www', isRoot: false } : undefined),
    host,
    memory: 8_000,
    isReadable: () => true,
    ...more,
  };
  const timers = Object.keys(units).filter((name) => name.endsWith('.timer'));
  return importTimers(
    timers.map((name) => ({ name, file: `/units/${name}`, kind, isEnabled: true })),
    facts,
  );
}

const service = '[Service]\nType=oneshot\nExecStart=/bin/x\n';
const jobOf = (timer: string, unit: string | string[] = service, ...rest: ['system'?, Partial<TimerFacts>?]) =>
  imported({ 'a.timer': `[Timer]\n${timer}`, 'a.service': unit }, ...rest).jobs[0];

it("of root loses root's rights in a background service, which is said once", () => {
  const told = (...rest: ['user' | 'system', Partial<TimerFacts>?]) =>
    imported({ 'a.timer': '[Timer]\nOnCalendar=daily', 'a.service': service }, ...rest).remarks;
  expect(told('system')).toEqual([expect.stringMatching(/^These are jobs of root\./)]);
  expect(told('user')).toEqual([]);
});

const optionsOf = (...args: Parameters<typeof jobOf>) => jobOf(...args)?.options;

describe('a timer', () => {
  it.each([
    ['OnCalendar=daily', { schedule: '0 0 * * *', catchUp: 'skip' }],
    [
      'OnCalendar=Mon 4:00\nOnCalendar=Tue 5:00\nPersistent=yes',
      { schedule: ['0 4 * * 1', '0 5 * * 2'], catchUp: 'once' },
    ],
    ['OnCalendar=daily\nOnCalendar=\nOnCalendar=weekly UTC', { schedule: '0 0 * * 1', timeZone: 'UTC' }],
    ['OnCalendar=daily\nRandomizedDelaySec=1h 30min', { jitter: '1h30m', jitterPer: 'run' }],
    ['OnCalendar=daily\nRandomizedDelaySec=90\nFixedRandomDelay=true', { jitter: '1m30s' }],
    ['OnBootSec=15min\nOnUnitActiveSec=1h', { every: '1h', catchUp: 'once' }],
    ['OnUnitInactiveSec=30s', { every: '30s' }],
    ['OnBootSec=0', { schedule: '@reboot', catchUp: 'once' }],
  ])('with %j is a schedule', (timer, options) => {
    expect(optionsOf(timer)).toMatchObject(options);
  });

  it.each([
    ['OnCalendar=daily\nAccuracySec=1h', 'AccuracySec=1h'],
    ['OnCalendar=daily\nWakeSystem=true', 'WakeSystem='],
    ['OnCalendar=daily\nOnBootSec=5min', 'OnBootSec beside OnCalendar'],
    ['OnCalendar=daily\nOnCalendar=sometimes', "OnCalendar=sometimes: 'sometimes' is no day of the week."],
    ['OnBootSec=15min', 'without a wait'],
    ['OnBootSec=5min\nOnUnitActiveSec=1h', 'OnBootSec=5min: here the first run'],
    ['OnCalendar=daily\nOnClockChange=true', 'OnClockChange='],
    ['OnUnitActiveSec=2h\nOnUnitInactiveSec=1h', 'OnUnitActiveSec=2h beside it: only the shortest'],
    ['OnCalendar=daily\nRandomizedOffsetSec=5min', 'Not carried over: RandomizedOffsetSec=5min.'],
    ['OnCalendar=daily\n[Unit]\nConditionHost=box', 'Not looked at, of the timer: ConditionHost=box.'],
  ])('with %j says what is not carried over', (timer, remark) => {
    const job = jobOf(timer);
    expect(job?.options).not.toBeNull();
    expect(job?.remarks.join('\n')).toContain(remark);
  });

  it.each([
    ['OnCalendar=sometimes', 'is no day of the week'],
    ['Persistent=true', 'no time at which it elapses'],
    ['OnCalendar=daily\nUnit=b.target', 'is no service'],
    ['OnCalendar=daily\nUnit=b.service', 'there is no such unit'],
  ])('with %j alone is left out, and why', (timer, why) => {
    expect(jobOf(timer)).toMatchObject({ options: null, remarks: [expect.stringContaining(why)] });
  });

  it('of several time zones is an engine for each', () => {
    const { jobs } = imported({
      'a.timer': '[Timer]\nOnCalendar=daily UTC\nOnCalendar=daily Asia/Tokyo',
      'a.service': service,
    });
    expect(named(jobs).map(({ id, options }) => [id, options?.timeZone])).toEqual([
      ['a-UTC', 'UTC'],
      ['a-Tokyo', 'Asia/Tokyo'],
    ]);
  });
});

describe('a service', () => {
  const daily = 'OnCalendar=daily';

  it('runs its program where and as it did, with drop-ins, comments and long lines', () => {
    const unit = [
      '[Unit]\nDescription=x\n[Service]\nEnvironment="A=b c" D=%i\n# A comment\nExecStart=/bin/old\n',
      '[Service]\nExecStart=\nExecStart=/bin/new \\\n# between\n; them\n  --two "x y"\nWorkingDirectory=-~\nTimeoutStartSec=5min\n',
    ];
    expect(optionsOf(daily, unit)).toMatchObject({
      run: ['/bin/new', '--two', 'x y'],
      cwd: '/home/ada',
      env: { A: 'b c', D: '' },
      inherit: expect.arrayContaining(['PATH', 'HOME']),
    });
    expect(optionsOf(daily, ['[Service]\nType=oneshot\nExecStart=/bin/x\nTimeoutStartSec=5min'])).toMatchObject({
      timeout: '5m',
    });
    expect(optionsOf(daily, ['[Service]\nExecStart=/bin/x\nTimeoutStartSec=5min\nRuntimeMaxSec=2h'])).toMatchObject({
      timeout: '2h',
    });
    expect(optionsOf(daily, ['[Service]\nType=oneshot\nExecStart=/bin/x\nTimeoutStartSec=infinity'])).toMatchObject({
      timeout: '1d',
    });
  });

  it('of the system runs as its user', () => {
    const unit = '[Service]\nUser=www\nExecStart=/bin/x a\n';
    expect(optionsOf(daily, unit, 'system')).toMatchObject({
      run: ['/sbin/runuser', '-u', 'www', '--', '/bin/x', 'a'],
      cwd: '/',
      inherit: ['LANG'],
      env: { HOME: '/var/www', USER: 'www', PATH: expect.stringContaining('/usr/sbin') },
    });
    expect(optionsOf(daily, service, 'system')).toMatchObject({ run: ['/bin/x'] });
    expect(jobOf(daily, service, 'system', { user: ada, accountOf: () => root })).toMatchObject({
      options: null,
      remarks: ['It runs as root, and the service as ada: import it as root, or as root.'],
    });
  });

  it('has its exit codes, its restarts and its limits', () => {
    const unit =
      '[Unit]\nStartLimitBurst=3\n[Service]\nExecStart=/bin/x\nRestart=on-failure\nRestartSec=30\nSuccessExitStatus=2 TEMPFAIL\nMemoryMax=1G\n';
    expect(optionsOf(daily)).toMatchObject({ exitCodes: { 69: 'bug', 75: 'bug', 77: 'bug' }, retry: { tries: 1 } });
    expect(optionsOf(daily, unit)).toMatchObject({
      exitCodes: { other: 'recoverable', 2: 'success', 69: 'recoverable', 75: 'success' },
      retry: { base: '30s', tries: 3 },
      memory: 1_073_741_824,
    });
  });

  it('reads files with variables when the config is loaded, unless one is not there', () => {
    const unit = '[Service]\nExecStart=/bin/x\nEnvironmentFile=/etc/a.env\nEnvironmentFile=-/etc/b.env\n';
    const found = imported({ 'a.timer': `[Timer]\n${daily}`, 'a.service': unit });
    const text = configText(found, loadable(named(found.jobs)), { by: '', differences: [] }, 'ts');
    expect(text).toContain(
      "env: { ...environmentFile('/etc/a.env'), ...environmentFile('/etc/b.env', 'may be missing') },",
    );
    expect(text).toContain("import { command, defineConfig, environmentFile } from 'nightshift';");
    expect(jobOf(daily, unit, undefined, { isReadable: () => false })).toMatchObject({ options: null });
  });

  it('says where words of a variable would be others for systemd', () => {
    const unit = (value: string) => `[Service]\nEnvironment="A=${value}"\nExecStart=/bin/x $A\n`;
    expect(jobOf(daily, unit("one 'two three'"))?.remarks[1]).toMatch(/^\$A is taken apart at spaces/);
    expect(jobOf(daily, unit('one two'))?.remarks).toHaveLength(1);
  });

  it('says what it sets that is not carried over', () => {
    const unit =
      '[Unit]\nOnFailure=mail.service\nConditionACPower=true\n[Service]\nExecStart=/bin/x\nNice=19\nPrivateTmp=yes\nRestart=always\n';
    expect(jobOf(daily, unit)?.remarks).toEqual([
      'Not carried over: Nice=19, PrivateTmp=yes.',
      'Not looked at: OnFailure=mail.service, ConditionACPower=true.',
      'Restart=always: it is tried again as retry says.',
    ]);
  });

  it.each([
    ['Type=forking', 'Type=forking: here the run is over'],
    ['Type=notify', 'Type=notify: that it is up'],
    ['RemainAfterExit=yes', 'RemainAfterExit=yes: systemd runs it once'],
    ['StandardOutput=append:/var/log/x.log', 'Not carried over: StandardOutput=append:/var/log/x.log.'],
    ['KillMode=process', 'Not carried over: KillMode=process.'],
    ['KillSignal=SIGINT', 'Not carried over: KillSignal=SIGINT.'],
    ['TimeoutStopSec=10min', 'Not carried over: TimeoutStopSec=10min.'],
    ['WatchdogSec=10', 'Not carried over: WatchdogSec=10.'],
    ['SuccessExitStatus=3 SIGTERM', 'Not carried over: SuccessExitStatus=3 SIGTERM.'],
    ['MemoryMax=much', 'Not carried over: MemoryMax=much.'],
    ['Group=www', 'Not carried over: Group=www.'],
    ['EnvironmentFile=/etc/x\nUnsetEnvironment=A', 'UnsetEnvironment=A: what a file'],
  ])('with %j says what that means here', (setting, remark) => {
    expect(jobOf(daily, `[Service]\n${setting}\nExecStart=/bin/x\n`)?.remarks.join('\n')).toContain(remark);
  });

  it.each([
    'Type=exec',
    'RemainAfterExit=no',
    'StandardOutput=journal\nStandardError=inherit',
    'KillMode=mixed\nKillSignal=SIGTERM\nSendSIGKILL=yes',
    'SuccessExitStatus=3 TEMPFAIL',
    'SyslogIdentifier=x',
  ])('with %j has nothing to be said about', (setting) => {
    expect(jobOf(daily, `[Service]\n${setting}\nExecStart=/bin/x\n`)?.remarks).toEqual([]);
  });

  it.each<[string, number | undefined]>([
    ['50%', 4_000],
    ['1.5K', 1_536],
    ['2M', 2_097_152],
    ['300', 300],
    ['infinity', undefined],
    ['120%', undefined],
  ])('may hold MemoryMax=%s: %s bytes of memory', (text, bytes) => {
    expect(optionsOf(daily, `[Service]\nMemoryMax=${text}\nExecStart=/bin/x\n`)?.memory).toBe(bytes);
  });

  it('hands on nothing that is unset, and is left out where systemd makes up its user', () => {
    const unit = '[Service]\nPassEnvironment=A B\nUnsetEnvironment=A LANG\nExecStart=/bin/x\n';
    expect(optionsOf(daily, unit, 'system')?.inherit).toEqual(['B']);
    const made = jobOf(daily, '[Service]\nDynamicUser=yes\nExecStart=/bin/x\n', 'system');
    expect(made).toMatchObject({ options: null, remarks: [expect.stringContaining('DynamicUser=yes')] });
  });

  it('with bytes that are not UTF-8 is left out', () => {
    const remarks = [expect.stringContaining('/units/a.service: there are bytes in it that are not UTF-8')];
    expect(jobOf(daily, '[Service]\nExecStart=/bin/x \ufffd\n')).toMatchObject({ options: null, remarks });
  });

  it('without a program is left out', () => {
    expect(jobOf(daily, '[Service]\nType=oneshot\n')).toMatchObject({ options: null });
  });
});
