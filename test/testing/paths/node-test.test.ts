import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const fixture = join(import.meta.dirname, 'fixtures/orders.node-test.ts');

function nodeTest(env: Record<string, string>): Promise<{ code: number; output: string }> {
  const flags = ['--conditions=nightshift-source', '--disable-warning=ExperimentalWarning', '--test-reporter=tap'];
  const { VITEST: _, NODE_OPTIONS: __, ...inherited } = process.env;
  return new Promise((done) => {
    execFile(process.execPath, [...flags, fixture], { cwd: root, env: { ...inherited, ...env } }, (error, output) =>
      done({ code: error ? Number(error.code) : 0, output }),
    );
  });
}

it('failure paths pass under Node’s own test runner', async () => {
  const { code, output } = await nodeTest({});
  expect(output).toContain('ok 1 - nothing goes wrong → success');
  expect(output).toContain('- fetch: 503 → backoff → success');
  expect(output).not.toContain('not ok');
  expect(code).toBe(0);
});

it('and fail there with all there is to know, and a line that shows that path alone again', async () => {
  const failed = await nodeTest({ STRICT: 'yes' });
  expect(failed.code).toBe(1);
  expect(failed.output).toContain('ok 1 - nothing goes wrong → success');
  expect(failed.output).toMatch(/not ok \d+ - fetch: 503 → backoff → success/);
  expect(failed.output).toContain('nobody waits: somebody did.');
  const [, name = '', seed = ''] =
    /NIGHTSHIFT_PATH='([^']+)' NIGHTSHIFT_SEED=(\d+) node --test/.exec(failed.output) ?? [];

  const again = await nodeTest({ STRICT: 'yes', NIGHTSHIFT_PATH: name, NIGHTSHIFT_SEED: seed });
  expect(again.code).toBe(1);
  expect(again.output.match(/^ +(not )?ok \d+ - /gm)).toHaveLength(1);
});
