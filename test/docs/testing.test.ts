import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as testing from 'nightshift/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { marked, pages, root } from './markdown.ts';

const flags = ['--conditions=nightshift-source', '--disable-warning=ExperimentalWarning'];

describe('what the page about testing shows', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nightshift-testing-'));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    for (const name of ['orders.test.ts', 'no-run-fails.ts', 'maintenance.ts', 'day.ts', 'restless.ts']) {
      await put(name, marked(`test: ${name}`).text);
    }
  });
  afterAll(() => rm(folder, { recursive: true }));

  const put = (name: string, text: string) =>
    // The package is found in the repository, as it would be among the reader's own modules.
    writeFile(
      join(folder, name),
      text
        .replaceAll("'nightshift/testing'", `'${join(root, 'src/testing/index.ts')}'`)
        .replaceAll("'nightshift'", `'${join(root, 'src/index.ts')}'`),
    );
  const node = (...args: string[]) =>
    new Promise<{ code: number; output: string }>((done) => {
      const { VITEST: _, NODE_OPTIONS: __, ...env } = process.env;
      execFile(process.execPath, [...flags, ...args], { cwd: folder, env }, (error, stdout, stderr) =>
        done({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
      );
    });
  const tests = () => node('--test-reporter=tap', 'orders.test.ts');

  it('fails on one path with the careless job, and says what it takes', async () => {
    await put('nightshift.config.ts', marked('test: careless nightshift.config.ts').text);
    const { code, output } = await tests();
    expect(code).toBe(1);
    expect(output.match(/^ +not ok \d+ - .*$/gm)?.map((line) => line.replace(/^ +not ok \d+ - /, ''))).toEqual([
      'fetch: 200 with nothing → failure',
    ]);
    expect(output).toContain('- fetch: 429 Retry-After 60 → backoff → crash → success');
    expect(output).toContain('no run fails: a run did.');
    expect(output).toContain('200 with nothing at fetch');
  });

  it('passes with the careful one', async () => {
    await put('nightshift.config.ts', marked('test: careful nightshift.config.ts').text);
    const { code, output } = await tests();
    expect(output).toContain('- fetch: 200 with nothing → backoff → success');
    expect([code, output.includes('not ok')]).toEqual([0, false]);
  });

  it('fails with the whole catalogue only where the page says so', async () => {
    await put('nightshift.config.ts', marked('test: careful nightshift.config.ts').text);
    const whole = marked('test: orders.test.ts')
      .text.replace(/const some = .*/, '')
      .replace('failurePaths, faults }', 'failurePaths, allFaults }')
      .replace('faults: some', 'faults: allFaults');
    await put('catalogue.test.ts', whole);
    const { output } = await node('--test-reporter=tap', 'catalogue.test.ts');
    const failed = output.match(/^ +not ok \d+ - .*$/gm)?.map((line) => line.replace(/^ +not ok \d+ - /, ''));
    const said = ['fetch: 403 → halted', 'fetch: 404 → failure', 'fetch: token rejected → failure'];
    expect(failed).toEqual(said);
    const page = pages.find(({ file }) => file === 'docs/testing.md');
    for (const name of said) expect(page?.text).toContain(`\`${name}\``);
    expect(output.match(/^ +ok \d+ - /gm)?.length).toBeGreaterThan(40);
  });

  it('passes with the first example of the README, as it stands there', async () => {
    await put('readme.config.ts', marked('runs: orders').text);
    await put('readme.test.ts', marked('test: readme').text.replace('nightshift.config.ts', 'readme.config.ts'));
    const { code, output } = await node('--test-reporter=tap', 'readme.test.ts');
    expect(output).toContain('- fetch: 429 Retry-After 60 → backoff → crash → success');
    expect(output).toContain('- fetch: token rejected → refreshing');
    expect([code, output.includes('not ok')]).toEqual([0, false]);
  });

  it('lives through a day, the same each time', async () => {
    const first = await node('day.ts');
    expect(first).toMatchObject({ code: 0, output: expect.stringMatching(/^[0-9a-f]{64}\n$/) });
    expect(await node('day.ts')).toEqual(first);
  });

  it('lives through a restless day, by rates', async () => {
    await put('nightshift.config.ts', marked('test: careful nightshift.config.ts').text);
    const { code, output } = await node('restless.ts');
    expect(output).toMatch(/^\d+ crashes, \d+ runs in time, 0 lost\n$/);
    expect([code, Number.parseInt(output, 10) > 5]).toEqual([0, true]);
  });
});

describe('the pages about testing', () => {
  const text = ['docs/testing.md', 'docs/simulate.md'].map((file) => pages.find((page) => page.file === file)?.text);

  it.each(Object.keys(testing))('speak of %s', (name) => {
    expect(text.join('\n')).toMatch(new RegExp(`\\b${name}\\b`));
  });

  it.each(testing.defaultInvariants.map(({ name, claim }) => [name, claim]))(
    'say what must hold: %s',
    (name, claim) => {
      expect(text[0]).toContain(`| ${name} | ${claim} |`);
    },
  );
});
