/**
 * Lengths and instants as the page writes them: short, and never more exact than anybody needs.
 */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** `0 s`, `240 ms`, `1.4 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function lengthOf(ms: number): string {
  if (ms < 1) return '0 s';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < minuteMs) return `${Math.floor(ms / 1000)} s`;
  if (ms < hourMs) return two(ms, minuteMs, 'min', 1000, 's');
  if (ms < dayMs) return two(ms, hourMs, 'h', minuteMs, 'min');
  return two(ms, dayMs, 'd', hourMs, 'h');
}

/** As a wait is counted down: in whole seconds. */
export function countdown(ms: number): string {
  return ms <= 0 ? 'now' : lengthOf(Math.ceil(ms / 1000) * 1000).replace(/\.0 s$/, ' s');
}

/** `just now`, `12 s ago`, `3 h ago`: one unit, for a glance. */
export function ago(at: number, now: number): string {
  const ms = now - at;
  if (ms < 2000) return 'just now';
  return `${one(ms)} ago`;
}

/** `in 12 s`, `in 3 h`: one unit, for a glance. */
export function ahead(at: number, now: number): string {
  const ms = at - now;
  return ms < 1000 ? 'now' : `in ${one(ms)}`;
}

/** As in the log and in a terminal, whatever the browser's language is used to. */
const hourCycle = 'h23';
const sameDay = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle,
});
const otherDay = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle,
});
const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long', hourCycle });

/** The time of day, with the day unless that is today. */
export function timeOf(at: number, now: number): string {
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  return (isToday ? sameDay : otherDay).format(at);
}

const written = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z\b/g;

/** A text with the instants in it, which are kept in UTC, as the page says them. A browser gets no `policies/told-instants.ts`. */
export function told(text: string, now: number): string {
  return text.replaceAll(written, (instant) => {
    const at = Date.parse(instant);
    return Number.isNaN(at) ? instant : timeOf(at, now);
  });
}

const moment = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle,
});

/** To the millisecond, as logs have it; with the day unless that is today. */
export function momentOf(at: number, now: number): string {
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  return isToday ? moment.format(at) : `${day.format(at)} ${moment.format(at)}`;
}

const minute = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle });

/** The day and the minute. */
export function minuteOf(at: number): string {
  return otherDay.format(at);
}

/** As an axis of time has it: the minute, or the day where it begins. */
export function tickOf(at: number): string {
  const date = new Date(at);
  return date.getHours() === 0 && date.getMinutes() === 0 ? day.format(at) : minute.format(at);
}

/** All that there is to say of an instant: for a tooltip. */
export function exactly(at: number): string {
  return exact.format(at);
}

/** `1 run`, `3 runs`. */
export function many(count: number, noun: string): string {
  return `${count.toLocaleString()} ${noun}${count === 1 ? '' : 's'}`;
}

function one(ms: number): string {
  if (ms < minuteMs) return `${Math.floor(ms / 1000)} s`;
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)} min`;
  if (ms < 2 * dayMs) return `${Math.floor(ms / hourMs)} h`;
  return `${Math.floor(ms / dayMs)} d`;
}

function two(ms: number, big: number, bigName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % big) / small);
  return `${Math.floor(ms / big)} ${bigName}${rest > 0 ? ` ${rest} ${smallName}` : ''}`;
}
