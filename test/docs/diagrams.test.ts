import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exampleFolder } from './example-folder.ts';
import { marked, transcript } from './markdown.ts';

it('the engine of the page is drawn as the page shows', { timeout: 180_000 }, async () => {
  await using folder = await exampleFolder({ 'nightshift.config.ts': marked('config: diagrams').text });
  const { commands, output } = transcript(marked('runs: diagrams'));
  const { code, stdout, stderr } = await folder.shell(commands.join('\n'));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trimEnd().replace(/^.*\//, '')).toBe(output.replace(/^.*\//, ''));
  expect(readFileSync(join(folder.path, 'pictures/engine-video.mmd'), 'utf8')).toContain(
    marked('output: diagrams').text,
  );
});
