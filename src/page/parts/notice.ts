/**
 * What became of a command, for a moment; read out to those who listen.
 */

import { html } from 'htm/preact';
import { useEffect } from 'preact/hooks';
import { notice } from '../ask.ts';
import { after } from '../clock.ts';

const shownMs = { well: 5_000, bad: 12_000 };

export function Notice() {
  const said = notice.value;
  useEffect(
    () =>
      said
        ? after(shownMs[said.tone], () => {
            notice.value = null;
          })
        : undefined,
    [said],
  );
  return html`<div class="notices" role="status">${said && html`<p class=${`notice ${said.tone}`}>${said.text}</p>`}</div>`;
}
