/**
 * `incidents`: what stands and needs, or may come to need, a person; also when the service is down.
 */
import type { ActorView } from '../dashboard/actor-view.ts';
import { waitingText } from '../policies/alert-text.ts';
import { formatDuration } from '../policies/duration.ts';
import { oneLine } from './output.ts';
import { type PlaceOptions, placeOf } from './place.ts';
import { statusOf } from './status.ts';

interface Incident {
  cause: string;
  state: string;
  severity: 'now' | 'canWait';
  title: string;
  what: string;
  tried: string | null;
  todo: string | null;
  /** Epoch ms. */
  since: number;
  occurrence: number;
  /** Engines that wait for it. */
  waiting: string[];
}

/** @param now epoch ms */
export async function incidents(options: PlaceOptions & { json?: boolean }, now: number): Promise<number> {
  const { actors } = await statusOf(placeOf(options).data, now);
  const standing = actors.flatMap((actor) => incidentIn(actor, actors) ?? []).sort(urgentFirst);
  if (options.json) console.log(JSON.stringify(standing));
  else
    console.log(standing.length === 0 ? 'There is no incident.' : standing.map((each) => told(each, now)).join('\n\n'));
  return 0;
}

function incidentIn({ id, state, incident }: ActorView, actors: readonly ActorView[]): Incident | undefined {
  if (!incident) return undefined;
  const address = id.replace(':', '/');
  const waiting = actors.filter(({ kind, waitsFor }) => kind === 'engine' && waitsFor.includes(address));
  return { cause: id, state, ...incident, waiting: waiting.map((engine) => engine.id) };
}

function urgentFirst(a: Incident, b: Incident): number {
  return Number(b.severity === 'now') - Number(a.severity === 'now') || a.since - b.since;
}

function told({ cause, state, title, what, tried, todo, since, waiting }: Incident, now: number): string {
  const lasted = formatDuration(Math.round((now - since) / 1_000) * 1_000);
  const isKnown = state === 'acknowledged';
  const lines = [
    `${title} (${cause}), for ${lasted}${isKnown ? ', acknowledged' : ''}`,
    what,
    ...(tried ? [`Tried: ${tried}`] : []),
    ...(waiting.length > 0 ? [waitingText(waiting)] : []),
    todo ? `What to do: ${todo}` : 'Nothing to do: it goes on by itself when this is over.',
    ...(isKnown ? [] : [`No more reminders: nightshift ack ${cause}`]),
  ];
  return lines.map((line, n) => `${n === 0 ? '' : '  '}${oneLine(line)}`).join('\n');
}
