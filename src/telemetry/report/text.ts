/**
 * A report for a terminal.
 */
import type { DailyReport } from '../daily-report.ts';
import { type Item, type Section, sectionsOf } from './sections.ts';
import { leadOf, titleOf, verdictOf } from './verdict.ts';

export interface TextOptions {
  /** Whether the terminal shows colours. */
  hasColours: boolean;
  /** Lays out columns; cells have no line breaks. */
  table: (head: readonly string[], rows: readonly (readonly string[])[]) => string;
  /** What an error says must not repaint the screen. */
  oneLine: (text: string) => string;
}

/** Characters before each line of a section. */
export const indentation = 2;

type Paint = (text: string, code: number) => string;

export function textReport(report: DailyReport, { hasColours, table, oneLine }: TextOptions): string {
  const paint: Paint = (text, code) => (hasColours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const verdict = verdictOf(report);
  const block = ({ title, isUrgent, items = [], table: cells }: Section) => {
    const head = paint(title, isUrgent ? red : bold);
    const body = cells
      ? table(
          cells.head.map(upper),
          cells.rows.map((row) => row.map(String)),
        )
      : items.map(line).join('\n');
    return `${head}\n${indented(body)}`;
  };
  const line = ({ name, what, why, todo }: Item) =>
    oneLine(`${name}: ${what}${why ? `: ${why}` : ''}${todo ? ` → ${todo}` : ''}`);
  return [
    `${paint(titleOf(report), bold)}\n${leadOf(report)}\n${paint(verdict.text, verdict.isWell ? green : red)}`,
    ...sectionsOf(report).map(block),
  ].join('\n\n');
}

const bold = 1;
const red = 31;
const green = 32;

function upper(text: string): string {
  return text.toUpperCase();
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, ' '.repeat(indentation));
}
