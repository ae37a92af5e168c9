/**
 * `doctor` as a person meets it, with the real service and without.
 */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Finding } from '../../src/doctor/finding.ts';
import { Workplace } from './nightshift.ts';

let place: Workplace;
beforeEach(() => {
  place = new Workplace();
});
afterEach(() => place.dispose());

it('finds all well while the service runs, and after its end says what is not, with the command that mends it', {
  timeout: 120_000,
}, async () => {
  place.write(
    'nightshift.config.ts',
    `import { defineConfig, engine } from 'nightshift';
     export default defineConfig({
       builtIn: { resources: { disk: '1MB' } },
       services: { shop: { url: 'http://127.0.0.1:1/v1' } },
       engines: [engine('hello', { run: () => 'hello' })],
     });`,
  );
  const service = await place.start();
  const running = await doctor();
  expect(running.found.filter(({ severity }) => severity !== 'ok')).toEqual([
    {
      check: 'service shop',
      severity: 'problem',
      what: expect.stringContaining('127.0.0.1:1 cannot be reached'),
      fix: 'curl -sSI http://127.0.0.1:1',
    },
  ]);
  expect(running.found).toContainEqual({
    check: 'service',
    severity: 'ok',
    what: `process ${service.child.pid} is running`,
  });

  await service.end('SIGKILL');
  chmodSync(join(place.data, 'vault.key'), 0o644);
  const { code, out } = await place.run('doctor', '--port', '0');
  expect(code).toBe(1);
  expect(out).toMatch(/^PROBLEM {2}secrets .* has mode 644, expected 600: others can read it\n +-> chmod 600 \//m);
  expect(out).toMatch(/^warning {2}service .*\n +-> nightshift start$/m);
  expect(out).toMatch(/\n2 problems, 1 warning\.\n$/);
  // Typed elsewhere, it would start another one.
  const named = await doctor('--data', place.data);
  expect(named.found).toContainEqual(
    expect.objectContaining({ check: 'service', fix: `nightshift start --data ${place.data}` }),
  );
});

it('says what is wrong with the config, line by line, and ends with 0 once there is nothing to mend', async () => {
  place.write('broken.config.ts', 'export default { engines: [{ id: 7 }], limit: 3 }');
  const broken = await doctor('--config', 'broken.config.ts');
  expect(broken.code).toBe(1);
  expect(
    broken.found.filter(({ check, severity }) => check === 'config' && severity === 'problem').length,
  ).toBeGreaterThan(1);

  place.write(
    'nightshift.config.ts',
    `import { defineConfig } from 'nightshift'; export default defineConfig({ engines: [] });`,
  );
  // In another process: the config has been loaded in that of the others.
  const whole = await place.runAlone('doctor', '--port', '0');
  expect(whole).toMatchObject({ code: 0, out: expect.stringMatching(/\nAll is well\.\n$/) });
});

async function doctor(...args: string[]): Promise<{ code: number | null; found: Finding[] }> {
  const { code, out } = await place.run('doctor', '--json', '--port', '0', ...args);
  return { code, found: (JSON.parse(out) as { findings: Finding[] }).findings };
}
