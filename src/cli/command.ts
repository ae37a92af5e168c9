/**
 * `trigger`, `pause`, `resume`, `reset`: one event to one actor.
 */
import { type Answer, sendCommand } from './client.ts';
import { type PlaceOptions, placeOf } from './place.ts';
import { UsageError } from './usage-error.ts';

/**
 * Sends the event and says what became of it.
 *
 * @param kind of actors that the command is for; `reset` takes a whole address too
 * @returns the exit code
 */
export async function command(
  kind: 'engine' | 'breaker',
  name: string,
  event: string,
  options: PlaceOptions & { json?: boolean },
): Promise<number> {
  const whole = name.includes('/');
  const address = whole ? name : `${kind}/${name}`;
  const { data } = placeOf(options);
  const first = await sendCommand(data, address, whole ? 'actor.reset' : event);
  // What the host itself gave up needs to be put back before it can resume.
  const answer =
    first.body.halted && first.body.taken !== true ? await sendCommand(data, address, 'actor.reset') : first;
  if (answer.status === 404) throw new UsageError(unknownName(name, kind, answer.body));
  if (options.json) console.log(JSON.stringify(answer.body));
  else if (answer.body.taken) console.log(`${address}: ${answer.body.state}`);
  else console.error(refusal(address, event, answer.body));
  return answer.body.taken ? 0 : 1;
}

function unknownName(name: string, kind: string, { near }: Answer['body']): string {
  const hint = near ? ` Did you mean '${near.slice(near.indexOf('/') + 1)}'?` : '';
  return `${name}: there is no such ${kind}.${hint} \`nightshift status\` lists them all.`;
}

function refusal(address: string, event: string, { state, reason, error }: Answer['body']): string {
  if (error) return `${address}: ${error}`;
  const why = reason ? ` (${reason.replace(/\.$/, '')})` : '';
  return `${address}: found it ${state}${why}, where it takes no ${event}.`;
}
