/**
 * A report as Markdown.
 */
import type { DailyReport } from '../daily-report.ts';
import { type Item, type Section, sectionsOf, type Table } from './sections.ts';
import { leadOf, titleOf } from './verdict.ts';

export function markdownReport(report: DailyReport): string {
  const sections = sectionsOf(report).flatMap(section);
  return [`# ${titleOf(report)}`, '', leadOf(report), ...sections, ''].join('\n');
}

function section({ title, items, table }: Section): string[] {
  return ['', `## ${title}`, '', ...(items ?? []).map(line), ...(table ? lines(table) : [])];
}

function line({ name, what, why, todo }: Item): string {
  const reason = why === null || why === undefined ? '' : `: ${plain(why)}`;
  const act = todo === null || todo === undefined ? '' : ` → ${plain(todo)}`;
  return `- **${plain(name)}**: ${plain(what)}${reason}${act}`;
}

function lines({ head, rows }: Table): string[] {
  const row = (cells: readonly (string | number)[]) => `| ${cells.map((cell) => plain(String(cell))).join(' | ')} |`;
  return [row(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(row)];
}

/** What an error says is no Markdown, and stays on its line. */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').replaceAll(/[\\`*_[\]<>|~]/g, '\\$&');
}
