/**
 * Icons: strokes on a grid of 24, in the colour of the text around them. They say nothing to those who listen.
 */
import { html } from 'htm/preact';

const paths = {
  overview: 'M4 5h16M4 12h16M4 19h10',
  incidents: 'M12 4 3 19h18L12 4zM12 10v4M12 16.6v.1',
  services: 'M4 6h16v5H4zM4 13h16v5H4zM7.5 8.5h.1M7.5 15.5h.1',
  tokens: 'M14 10a4 4 0 1 1-4-4 4 4 0 0 1 4 4zM13 12.5l6.5 6.5M17 16.5l2-2',
  trends: 'M4 19V5M4 19h16M7.5 15l4-5 3 3 5-7',
  settings: 'M4 7h10M18 7h2M4 17h2M10 17h10M16 5v4M8 15v4',
  search: 'M11 5a6 6 0 1 1-6 6 6 6 0 0 1 6-6zM15.5 15.5 20 20',
  back: 'M14 6l-6 6 6 6',
  run: 'M8 5.5v13l10-6.5z',
  pause: 'M8.5 6v12M15.5 6v12',
  theme: 'M19 14.5A7.5 7.5 0 0 1 9.5 5a7.5 7.5 0 1 0 9.5 9.5z',
  person: 'M12 5a3.5 3.5 0 1 1-3.5 3.5A3.5 3.5 0 0 1 12 5zM5 20a7 7 0 0 1 14 0',
  check: 'M5 12.5l4.5 4.5L19 7.5',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${paths[name]} /></svg>`;
}
