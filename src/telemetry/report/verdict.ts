/**
 * What a report says first: whose time it is, what that was like, and whether a person must do something.
 */
import { localText } from '../../policies/calendar-day.ts';
import type { Counts, DailyReport } from '../daily-report.ts';

/** From when to when, and what that time was like, in a sentence. */
export function leadOf({ timeZone, from, to, totals }: DailyReport): string {
  return `From ${localText(timeZone, from)} to ${localText(timeZone, to)} (${timeZone}): ${summary(totals)}.`;
}

export function titleOf({ day, period }: DailyReport): string {
  return period === 'week' ? `Nightshift, the week up to ${day}` : `Nightshift, ${day}`;
}

/** Whether a person must do something, in a sentence. */
export function verdictOf({ todo, incidents, failing = [], totals }: DailyReport): { isWell: boolean; text: string } {
  const needy = todo.length;
  if (needy > 0) return { isWell: false, text: `${needy} ${needy === 1 ? 'thing needs' : 'things need'} a person` };
  const open = incidents.length;
  if (open > 0)
    return { isWell: false, text: `${open} open ${open === 1 ? 'incident' : 'incidents'}, and nobody is needed yet` };
  const ill = failing.length;
  if (ill > 0) {
    return {
      isWell: false,
      text: `${ill} ${ill === 1 ? 'engine failed and is' : 'engines failed and are'} not well again yet`,
    };
  }
  return { isWell: true, text: wellText(totals) };
}

/** Of a time of which nothing is on record, nobody knows that all was well. */
function wellText(totals: Counts): string {
  if (Object.values(totals).every((count) => count === 0)) return 'Nothing needs a person, and nothing was due or ran';
  if (totals.failed > 0) return 'Nothing needs a person: what failed is well again';
  return totals.missed > 0 ? 'Nothing needs a person, but not everything ran when it was due' : 'All is well';
}

/** What the day was like, in a line. */
export function summary({ ran, late, failed, coalesced, skipped, missed, degraded, odd }: Counts): string {
  const some = { failed, skipped, missed, coalesced };
  const well = ran + late;
  return [
    well === 1 ? '1 run ended well' : `${well} runs ended well`,
    ...(late > 0 ? [`${late} of them late`] : []),
    ...(degraded > 0 ? [`${degraded} of them without a step`] : []),
    ...(odd > 0 ? [`${odd} of them unusual`] : []),
    ...Object.entries(some).flatMap(([what, count]) => (count > 0 ? [`${count} ${what}`] : [])),
  ].join(', ');
}
