/**
 * The latest runs as a strip, the newest to the right: what went well is low and green, what failed is high and red, so that trouble stands out
 * for those who see no colours too. One path to a colour, however many runs there are.
 */
import { html } from 'htm/preact';

const length = 50;
const step = 4;
const height = 24;
/** From the bottom: how high each mark is. */
const heights: Readonly<Record<string, number>> = { s: 12, h: 16, d: 16, f: 24, k: 4, m: 24, c: 4 };
const meanings: Readonly<Record<string, string>> = {
  s: 'went well',
  h: 'healed',
  d: 'went well without some steps',
  f: 'failed',
  m: 'missed',
  k: 'skipped',
  c: 'served by another run',
};

/** @param marks null: they are not known yet */
export function Strip({ marks }: { marks: string | null }) {
  const letters = [...(marks ?? '')].slice(-length);
  const lines = new Map<string, string>();
  letters.forEach((mark, n) => {
    const x = (length - letters.length + n) * step + step / 2;
    lines.set(mark, `${lines.get(mark) ?? ''}M${x} ${height}V${height - (heights[mark] ?? 4)}`);
  });
  return html`<svg class="strip" viewBox=${`0 0 ${length * step} ${height}`} role="img" aria-label=${stripText(marks)} preserveAspectRatio="xMinYMid meet">
    <title>${stripText(marks)}</title>
    <path class="base" d=${`M0 ${height - 0.5}H${length * step}`} />
    ${[...lines].map(([mark, d]) => html`<path key=${mark} class=${`mark-${mark}`} d=${d} />`)}
  </svg>`;
}

/** As in `last 50: 47 went well, 2 healed, 1 failed`. */
export function stripText(marks: string | null): string {
  if (marks === null) return 'its runs are being read';
  if (marks === '') return 'no runs yet';
  const counts = Object.entries(meanings).flatMap(([mark, meaning]) => {
    const count = marks.split(mark).length - 1;
    return count > 0 ? [`${count} ${meaning}`] : [];
  });
  return `last ${marks.length}: ${counts.join(', ')}`;
}
