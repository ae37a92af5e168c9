import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engine } from 'nightshift';
import { afterAll, expect, it } from 'vitest';
import { resolveConfig } from '../../src/config/resolve.ts';
import { readCertificate } from '../../src/dashboard/certificate.ts';
import { settingsView } from '../../src/dashboard/settings-view.ts';
import { selfSigned } from './self-signed.ts';

const folder = mkdtempSync(join(tmpdir(), 'nightshift-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

const listening = (cert: string, key: string) =>
  settingsView(resolveConfig({ listen: { host: '0.0.0.0', port: 4443, tls: { cert, key } } }, {}));

it('says where other machines may ask and until when its certificate is valid, and nothing of the key', () => {
  const files = selfSigned(folder, 'DNS:night.example');
  const view = listening(files.certFile, files.keyFile);
  const { validTo } = readCertificate(files);
  expect(view.listen).toEqual({ host: '0.0.0.0', port: 4443, certificate: files.certFile, validTo });
  expect(JSON.stringify(view)).not.toContain('key.pem');
});

it('says that a certificate cannot be read', () => {
  const certificate = join(folder, 'gone.pem');
  expect(listening(certificate, 'key.pem').listen).toMatchObject({ certificate, validTo: null });
});

it('says that no other machine may ask', () => {
  expect(settingsView(resolveConfig({}, {})).listen).toBeNull();
});

it('names the days of a window', () => {
  const office = { from: '09:00', to: '17:00', days: ['fri', 'mon'] as const };
  const engines = [engine('letter', { every: '1h', window: 'office', run: () => null })];
  const view = settingsView(resolveConfig({ windows: { office }, engines }, {}));
  const named = { from: '09:00', to: '17:00', days: ['mon', 'fri'] };
  expect(view.windows).toMatchObject([{ name: 'office', window: named }]);
  expect(view.engines[0]?.settings.window).toMatchObject(named);
});
