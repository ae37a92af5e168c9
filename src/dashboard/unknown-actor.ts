/**
 * The answer to whoever asks for an actor that there is not: what was asked for, and what may have been meant.
 */
import type { Context } from 'hono';
import type { Host } from '../actors/host.ts';
import { nearest } from '../config/nearest.ts';
import type { Address } from '../stream.ts';

export function unknownActor(context: Context, host: Host, address: Address) {
  const kind = address.slice(0, address.indexOf('/'));
  const addresses = host.addresses();
  const alike = addresses.filter((each) => each.startsWith(`${kind}/`)).map((each) => each.slice(kind.length + 1));
  const others = addresses.filter((each) => !each.startsWith(`${kind}/`));
  // What the kind adds to every address must not make names look alike.
  const id = nearest(address.slice(kind.length + 1), alike);
  const near = id === undefined ? nearest(address, others) : `${kind}/${id}`;
  const what = alike.length > 0 ? kind : 'actor';
  const error = `${address}: there is no such ${what}.${near ? ` Did you mean ${near}?` : ''}`;
  return context.json({ error, near: near ?? null }, 404);
}
