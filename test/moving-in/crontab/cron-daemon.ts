/**
 * Cron's own way through time, written once more from the descriptions of ISC cron and cronie: it wakes up each minute, looks at the
 * clock on the wall, and asks each job whether that is its minute. A test holds the translation against it.
 */

/** A field as somebody means it, which is written and read without each other. */
export type Part = { star: true; step?: number } | { from: number; to?: number; step?: number };
export type FieldParts = Part[];
export interface CronLine {
  minute: FieldParts;
  hour: FieldParts;
  day: FieldParts;
  month: FieldParts;
  weekday: FieldParts;
}

const limits: Record<keyof CronLine, [number, number]> = {
  minute: [0, 59],
  hour: [0, 23],
  day: [1, 31],
  month: [1, 12],
  weekday: [0, 7],
};

export function written(line: CronLine): string[] {
  return [line.minute, line.hour, line.day, line.month, line.weekday].map((parts) => parts.map(partText).join(','));
}

function partText(part: Part): string {
  const range = 'star' in part ? '*' : part.to === undefined ? `${part.from}` : `${part.from}-${part.to}`;
  return part.step === undefined ? range : `${range}/${part.step}`;
}

const holds = (key: keyof CronLine, parts: FieldParts, value: number) =>
  parts.some((part) => {
    const [from, to] = 'star' in part ? limits[key] : [part.from, part.to ?? part.from];
    const same = key === 'weekday' ? [value, value + 7] : [value];
    return same.some((each) => each >= from && each <= to && (each - from) % (part.step ?? 1) === 0);
  });

const beginsWithStar = (parts: FieldParts) => 'star' in (parts[0] as Part);

/** What the wall shows: minutes since some midnight, as if no clock were ever set. */
interface Wall {
  at: number;
  /** Counts the minutes of the local calendar. */
  local: number;
}

/** Every minute of a zone from one instant up to another, epoch ms. */
export function wallClock(timeZone: string, from: number, to: number): Wall[] {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  const walls: Wall[] = [];
  for (let at = from; at < to; at += 60_000) {
    walls.push({ at, local: Date.parse(`${format.format(at).replace(' ', 'T')}Z`) / 60_000 });
  }
  return walls;
}

/** When the daemon begins a run of the job: epoch ms, each once. */
export function runsOf(line: CronLine, walls: readonly Wall[]): number[] {
  const isRhythm = beginsWithStar(line.minute) || beginsWithStar(line.hour);
  const runs = new Set<number>();
  let reached = (walls[0]?.local ?? 0) - 1;
  for (const { at, local } of walls) {
    const isForward = local > reached;
    // What a clock set forward has left out is made up for now; what one set back shows again has been.
    const due = isRhythm ? [local] : Array.from({ length: Math.max(local - reached, 0) }, (_, n) => reached + 1 + n);
    if (due.some((minute) => isDue(line, minute))) runs.add(at);
    if (isForward) reached = local;
  }
  return [...runs];
}

function isDue(line: CronLine, local: number): boolean {
  const time = new Date(local * 60_000);
  const isDay = holds('day', line.day, time.getUTCDate());
  const isWeekday = holds('weekday', line.weekday, time.getUTCDay());
  const isBoth = beginsWithStar(line.day) || beginsWithStar(line.weekday);
  return (
    holds('minute', line.minute, time.getUTCMinutes()) &&
    holds('hour', line.hour, time.getUTCHours()) &&
    holds('month', line.month, time.getUTCMonth() + 1) &&
    (isBoth ? isDay && isWeekday : isDay || isWeekday)
  );
}
