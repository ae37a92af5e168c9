import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { faultRates } from '../../src/testing/simulate/rates-schema.ts';
import { exampleFolder } from './example-folder.ts';
import { marked, pages, transcript } from './markdown.ts';

it('a simulation says of a job that reaches outside what the page says', async () => {
  await using folder = await exampleFolder({ 'nightshift.config.ts': marked('config: simulate').text });
  const { commands, output } = transcript(marked('runs: simulate outside'));
  const { code, stdout, stderr } = await folder.shell(commands.join('\n'));
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr.trimEnd()).toBe(output);
});

it('a simulation prints the report that the page shows', async () => {
  await using folder = await exampleFolder({
    'nightshift.config.ts': marked('config: simulate').text,
    'world.ts': marked('world: simulate').text,
  });
  const { commands, output } = transcript(marked('runs: simulate'));
  const { code, stdout } = await folder.shell(commands.join('\n'));
  expect(code).toBe(0);
  expect(outline(stdout)).toEqual(outline(output));
  expect(existsSync(join(folder.path, 'report.html'))).toBe(true);
});

/** How a report is built: its titles, the heads of its tables, and what its numbers are called. Numbers are another matter. */
function outline(text: string): string[] {
  const lines = text.trimEnd().split('\n');
  const labels = lines.flatMap((line) => /^([a-z ]+?) {2,}\S/.exec(line)?.[1] ?? []);
  const titles = lines.filter((line) => /^[A-Z]/.test(line) && !/\d/.test(line) && !/ {2}/.test(line));
  return [...labels.slice(0, 8), ...titles, ...lines.filter((line) => /^[A-Z]{4,} /.test(line) && !/\d/.test(line))];
}

it('the fault rates of the page are all of them, and can be read', () => {
  const page = pages.find(({ file }) => file === 'docs/simulate.md')?.text ?? '';
  const [, json = ''] = /```json\n(.*?)```/s.exec(page) ?? [];
  const rates = faultRates(JSON.parse(json), 'docs/simulate.md');
  expect(Object.keys(rates)).toHaveLength(17);
});
