/**
 * When a timer of systemd elapses, as a schedule.
 *
 * @see systemd.timer(5)
 */
import type { CommandOptions } from '../../config/definition.ts';
import { formatDuration } from '../../policies/duration.ts';
import { calendarIn } from './calendar.ts';
import { CalendarError } from './calendar-chain.ts';
import { unitSettingsLeft } from './settings-left.ts';
import { timeSpanMs } from './time-span.ts';
import { isYes, type Unit } from './unit-file.ts';

export interface Timing {
  options: Pick<CommandOptions, 'schedule' | 'timeZone' | 'every' | 'jitter' | 'jitterPer' | 'catchUp' | 'grace'>;
  remarks: string[];
  /** What tells it from others of the same timer; empty for the only one. */
  suffix: string;
}

const section = 'Timer';
const sinceStart = ['OnBootSec', 'OnStartupSec', 'OnActiveSec'];
const sinceRun = ['OnUnitActiveSec', 'OnUnitInactiveSec'];
const known: ReadonlySet<string> = new Set([
  ...['OnCalendar', ...sinceStart, ...sinceRun, 'OnClockChange', 'OnTimezoneChange', 'Unit'],
  ...['Persistent', 'RandomizedDelaySec', 'FixedRandomDelay', 'AccuracySec', 'WakeSystem', 'RemainAfterElapse'],
]);

/** One for each time zone that the timer names. Empty, or with remarks alone, when it never elapses. */
export function timingsOf(timer: Unit): { timings: Timing[]; remarks: string[] } {
  const calendars = timer.values(section, 'OnCalendar').map((text) => calendarOf(text));
  const wrong = calendars.flatMap((each) => ('why' in each ? [each.why] : []));
  const good = calendars.flatMap((each) => ('why' in each ? [] : [each]));
  const zones = [...Map.groupBy(good, ({ timeZone }) => timeZone)];
  if (zones.length === 0) return monotonic(timer, wrong);
  const spread = spreadOf(timer);
  const left = timer
    .keys(section)
    .filter((key) => [...sinceStart, ...sinceRun].includes(key) && timer.values(section, key).length > 0);
  const remarks = [
    ...wrong,
    ...(left.length === 0 ? [] : [`${left.join(', ')} beside OnCalendar: only the latter makes it due.`]),
    ...(zones.length === 1
      ? []
      : ['Calendars of several time zones: an engine for each, which do not know of one another.']),
    ...remarksOn(timer),
  ];
  const timings = zones.map(([timeZone, group]) => {
    const [only, ...more] = group.flatMap(({ expressions }) => expressions);
    return {
      options: {
        schedule: more.length === 0 ? (only ?? '') : [only ?? '', ...more],
        ...(timeZone !== undefined && { timeZone }),
        ...spread,
        ...(isYes(timer.value(section, 'Persistent')) && { catchUp: 'once' as const }),
      },
      remarks,
      suffix: zones.length === 1 ? '' : (timeZone ?? 'local').replace(/^.*\//s, ''),
    };
  });
  return { timings, remarks };
}

function calendarOf(text: string): ReturnType<typeof calendarIn> | { why: string } {
  try {
    return calendarIn(text);
  } catch (error) {
    if (error instanceof CalendarError) return { why: `OnCalendar=${text}: ${error.message}` };
    throw error;
  }
}

/** Without a calendar: so long after each run, or after the start of the machine. */
function monotonic(timer: Unit, wrong: string[]): { timings: Timing[]; remarks: string[] } {
  const spans = (keys: readonly string[]) =>
    keys.flatMap((key) => timer.values(section, key).map((text) => ({ key, text, ms: timeSpanMs(text) })));
  const [every, ...later] = spans(sinceRun)
    .flatMap(({ ms, ...each }) => (ms !== undefined && ms >= 1 && Number.isFinite(ms) ? [{ ...each, ms }] : []))
    .sort((one, other) => one.ms - other.ms);
  const starts = spans(sinceStart);
  const said = starts.map(({ key, text }) => `${key}=${text}`).join(', ');
  const remarks = [...wrong, ...remarksOn(timer)];
  if (every) {
    const counted = every.key === 'OnUnitActiveSec' ? 'from when it began' : 'from when it ended';
    remarks.push(
      `${every.key}=${every.text} counts ${counted}; here, due times are so far apart from one another, whatever a run takes.`,
    );
    if (later.length > 0)
      remarks.push(
        `${later.map(({ key, text }) => `${key}=${text}`).join(', ')} beside it: only the shortest makes it due.`,
      );
    if (starts.length > 0) remarks.push(`${said}: here the first run is at the first start, and goes on from there.`);
    return {
      timings: [
        { options: { every: formatDuration(every.ms), ...spreadOf(timer), catchUp: 'once' }, remarks, suffix: '' },
      ],
      remarks,
    };
  }
  if (starts.length === 0)
    return { timings: [], remarks: wrong.length > 0 ? wrong : ['It has no time at which it elapses.'] };
  const isAtOnce = starts.every(({ ms }) => ms !== undefined && ms < 1_000);
  if (!isAtOnce) remarks.push(`${said}: here it runs when the service starts after the machine has, without a wait.`);
  return {
    timings: [{ options: { schedule: '@reboot', catchUp: 'once', grace: '10m' }, remarks, suffix: '' }],
    remarks,
  };
}

/** What the timer sets that is neither a time nor said otherwise, as what is new in systemd. */
function settingsLeft(timer: Unit): string[] {
  const left = timer
    .keys(section)
    .filter((key) => !known.has(key))
    .flatMap((key) => timer.values(section, key).map((value) => `${key}=${value}`));
  return [
    ...(left.length === 0 ? [] : [`Not carried over: ${left.join(', ')}.`]),
    ...unitSettingsLeft(timer, 'of the timer'),
  ];
}

function spreadOf(timer: Unit): Pick<CommandOptions, 'jitter' | 'jitterPer'> {
  const ms = timeSpanMs(timer.value(section, 'RandomizedDelaySec') ?? '0');
  if (ms === undefined || ms < 1 || !Number.isFinite(ms)) return {};
  const isFixed = isYes(timer.value(section, 'FixedRandomDelay'));
  return { jitter: formatDuration(ms), ...(!isFixed && { jitterPer: 'run' as const }) };
}

function remarksOn(timer: Unit): string[] {
  const value = (key: string) => timer.value(section, key);
  const accuracy = timeSpanMs(value('AccuracySec') ?? '0') ?? 0;
  return [
    ...(accuracy > 60_000
      ? [`AccuracySec=${value('AccuracySec')}: nothing waits for others here, it begins on time.`]
      : []),
    ...(isYes(value('WakeSystem')) ? ['WakeSystem=: nightshift wakes no machine that sleeps.'] : []),
    ...['OnClockChange', 'OnTimezoneChange']
      .filter((key) => isYes(value(key)))
      .map((key) => `${key}=: it is not due then.`),
    ...(value('RemainAfterElapse') !== undefined && !isYes(value('RemainAfterElapse'))
      ? ['RemainAfterElapse=no: its engine stays in the config when it has run for the last time.']
      : []),
    ...settingsLeft(timer),
  ];
}
