/**
 * Where an actor stands: a colour, and the word, for colours alone say nothing to many.
 */

import { html } from 'htm/preact';
import type { Actor } from '../actors.ts';
import { conditionOf, toneOf } from '../condition.ts';
import { stateWords } from '../words.ts';

export function Badge({ actor }: { actor: Actor }) {
  return html`<span class=${`badge ${toneOf(actor)}`} data-state=${actor.state}><i></i>${wordsFor(actor)}</span>`;
}

/** That nothing is to do now is not what one wants to know of somebody whose last run failed. */
function wordsFor(actor: Actor): string {
  return actor.state === 'idle' && conditionOf(actor) === 'failing' ? 'failed' : stateWords(actor.state);
}
