/**
 * Where an actor stands: a colour, and the word, for colours alone say nothing to many.
 */

import { html } from 'htm/preact';
import type { Actor } from '../actors.ts';
import { toneOf } from '../condition.ts';
import { stateWords } from '../words.ts';

export function Badge({ actor }: { actor: Actor }) {
  return html`<span class=${`badge ${toneOf(actor)}`} data-state=${actor.state}><i></i>${stateWords(actor.state)}</span>`;
}
