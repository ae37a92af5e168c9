/**
 * `incidents`: what stands and needs, or may come to need, a person, and what was over lately; also when the service is
 * down.
 */
import { type IncidentView, incidentViews } from '../dashboard/incident-view.ts';
import { waitingText } from '../policies/alert-text.ts';
import { formatDuration } from '../policies/duration.ts';
import { toldInstants } from '../policies/told-instants.ts';
import { clockOf } from '../policies/why.ts';
import { ask, ClientError, serviceUrl } from './client.ts';
import { oneLine } from './output.ts';
import { type PlaceOptions, placeOf } from './place.ts';
import { recordedActors } from './status.ts';
import { withTypedPlace } from './typed-place.ts';
import { zoneIn } from './zone-in.ts';

/** @param now epoch ms */
export async function incidents(options: PlaceOptions & { json?: boolean }, now: number): Promise<number> {
  const { data } = placeOf(options);
  const url = serviceUrl(data);
  const found = url === undefined ? incidentViews(recordedActors(data), now) : await fromService(url);
  if (options.json) console.log(JSON.stringify(found));
  else
    console.log(
      withTypedPlace(toldInstants(readable(found, now), clockOf({ timeZone: await zoneIn(data), now })), options),
    );
  return 0;
}

async function fromService(url: string): Promise<IncidentView[]> {
  const { status, body } = await ask(`${url}/api/incidents`);
  if (status === 200) return (body as { incidents: IncidentView[] }).incidents;
  throw new ClientError('SERVICE_BROKEN', `${url}: found the answer ${status}, expected 200. Look at its log.`);
}

function readable(found: readonly IncidentView[], now: number): string {
  const standing = found.filter(({ endedAt }) => endedAt === null);
  const over = found.filter(({ endedAt }) => endedAt !== null);
  const parts = standing.length === 0 ? ['There is no incident.'] : standing.map((each) => told(each, now));
  if (over.length > 0) parts.push(['Over within the last week:', ...over.map((each) => past(each, now))].join('\n'));
  return parts.join('\n\n');
}

function told(incident: IncidentView, now: number): string {
  const { cause, state, title, what, tried, todo, since, waiting, occurrence } = incident;
  const isKnown = state === 'acknowledged';
  const marks = [...(occurrence > 1 ? [`occurrence ${occurrence}`] : []), ...(isKnown ? ['acknowledged'] : [])];
  const lines = [
    [`${title} (${cause}), for ${length(now - since)}`, ...marks].join(', '),
    what,
    ...(tried ? [`Tried: ${tried}`] : []),
    ...(waiting.length > 0 ? [waitingText(waiting)] : []),
    todo ? `What to do: ${todo}` : 'It goes on by itself when this is over.',
    ...messages(incident, now),
    ...(isKnown ? [] : [`No more reminders: nightshift ack ${cause}`]),
  ];
  return lines.map((line, n) => `${n === 0 ? '' : '  '}${oneLine(line)}`).join('\n');
}

/** What becomes of the messages about it. */
function messages({ state, nextAt, informed, unsent }: IncidentView, now: number): string[] {
  const next = nextAt === null ? 'now' : `in ${length(Math.max(nextAt - now, 0))}`;
  const sent = informed.length > 0 ? [`Told: ${informed.join(', ')}.`] : [];
  switch (state) {
    case 'open.brewing':
      return [`It may heal by itself yet: nobody is told before that, which is ${next}.`];
    case 'open.quiet':
      return [...sent, `The quiet hours are over ${next}: until then it can wait.`];
    case 'open.retrying':
      return [...sent, `Not told everywhere (${unsent ?? 'for no known reason'}); tried again ${next}.`];
    case 'open.told':
      return informed.length > 0 ? [`Told: ${informed.join(', ')}; a reminder comes ${next}.`] : [];
    default:
      return sent;
  }
}

function past({ cause, title, since, endedAt }: IncidentView, now: number): string {
  const end = endedAt ?? now;
  return oneLine(`  ${title} (${cause}), over for ${length(now - end)}; it lasted ${length(end - since)}`);
}

function length(ms: number): string {
  return formatDuration(Math.round(ms / 1_000) * 1_000);
}
