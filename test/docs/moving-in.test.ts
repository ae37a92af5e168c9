import { readFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { shadowReportCommand } from '../../src/cli/shadow-report.ts';
import { type JournalEntry, journalAt, note, openJournal } from '../../src/shadow/journal.ts';
import { exampleFolder } from './example-folder.ts';
import { marked, transcript } from './markdown.ts';

/** What is Ada's on the page is this user's here. */
const asAda = (text: string, folder: string) =>
  text
    .replaceAll(folder, '/home/ada/jobs')
    .replaceAll(`'${homedir()}'`, "'/home/ada'")
    .replaceAll(`'${userInfo().username}'`, "'ada'")
    // When these tests are root's.
    .replace(/^ +(?:\/\/ )?These are jobs of root\.[\s\S]*?stays where it is\.\n/m, '');

it('an import writes the config that the page shows, and says what it shows', async () => {
  await using folder = await exampleFolder({ 'crontab.txt': `${marked('file: moving-in').text}\n` });
  const { commands, output } = transcript(marked('runs: moving-in'));
  const { code, stdout, stderr } = await folder.shell(commands.join('\n'));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(asAda(stdout, folder.path).trimEnd()).toBe(output.trimEnd());
  const config = readFileSync(join(folder.path, 'nightshift.config.ts'), 'utf8');
  expect(asAda(config, folder.path).trimEnd()).toBe(marked('output: moving-in').text);
});

it('a week that was followed has the report that the page shows', async () => {
  const text = marked('output: moving-in').text.replace('// timeZone:', 'timeZone: "UTC", // ');
  await using folder = await exampleFolder({ 'nightshift.config.ts': text });
  writeWeek(journalAt(join(folder.path, '.nightshift')));
  const printed = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    const config = join(folder.path, 'nightshift.config.ts');
    await shadowReportCommand({ config }, at('23T00:00'));
    expect(printed.mock.calls.join('\n')).toBe(transcript(marked('runs: shadow report')).output.trimEnd());
  } finally {
    printed.mockRestore();
  }
});

const minute = 60_000;
const at = (time: string) => Date.parse(`2026-11-${time}:00Z`);

/** As shadow and wrapper have noted it: all is well but for what the page tells of. */
function writeWeek(journal: string): void {
  openJournal(journal);
  const entries: JournalEntry[] = [];
  const ran = (engine: string, begun: number, minutes: number, exitCode = 0) => {
    const run = `${engine} ${begun}`;
    entries.push({ kind: 'begun', at: begun, run, engine, key: '', name: engine });
    entries.push({ kind: 'ended', at: begun + minutes * minute, run, exitCode, signal: null });
  };
  const [off, on] = [at('22T00:00'), at('22T09:00')];
  for (let time = at('16T00:00'); time <= at('23T00:00'); time += minute) {
    if (time <= off || time >= on) entries.push({ kind: 'watched', at: time, by: time <= off ? 'one' : 'two' });
    const date = new Date(time);
    const [day, hours, minutes] = [date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes()];
    if (hours === 3 && minutes === 0 && day < 22)
      ran('backup-all', time + (day === 21 ? 250_000 : 0), day === 18 ? 26 * 60 : 90);
    const isOffice = date.getUTCDay() % 6 !== 0 && hours >= 8 && hours <= 18;
    if (!isOffice || minutes % 30 !== 0 || time === at('20T14:30')) continue;
    const late = time === at('17T09:00') ? 35 : time === at('17T09:30') ? 42 : 2;
    ran('orders', time, late, time === at('19T12:00') ? 75 : 0);
  }
  for (const entry of entries) note(journal, entry);
}
