/**
 * The config of the service whose store is recorded, as source, and the key of its vault.
 */

export const recordedKey: Buffer = Buffer.alloc(32, 7);

/** @param url of a server that gives tokens, answers, and answers badly under `/ill` */
export function livedConfig(url: string): string {
  return `
import { command, defineConfig, engine, notifyCommand, oauth2 } from 'nightshift';
const forever = () => new Promise(() => {});
export default defineConfig({
  timeZone: 'Europe/Berlin',
  alerts: { channels: { nobody: notifyCommand(['true']) } },
  builtIn: { health: false, resources: false },
  tokens: { shop: oauth2({ tokenUrl: '${url}/token', clientId: 'me', clientSecret: 'secret-of-the-record', refreshToken: 'grant-of-the-record' }) },
  services: {
    shop: { url: '${url}', token: 'shop', quota: { limit: 500, per: 'hour' }, heartbeat: { every: '1h' } },
    ill: { url: '${url}', breaker: { failures: 1, cooldown: '1h' } },
    either: { fallback: ['ill', 'shop'] },
  },
  engines: [
    engine('orders', { every: '1s', async run({ step, service }) {
      return await step('fetch', async () => (await service('shop').fetch('/orders')).json());
    } }),
    engine('after', { after: 'orders', run: () => 'done' }),
    engine('held', { every: '1s', run: ({ step, service }) => step('ask', async () => (await service('ill').fetch('/ill')).status) }),
    engine('either', { every: '1s', run: ({ step, service }) => step('ask', async () => (await service('either').fetch('/orders')).status) }),
    engine('broken', { maxFailures: 1, run() { throw new TypeError('out of paper'); } }),
    engine('midway', { async run({ step }) {
      await step('begin', () => 'begun');
      await step('go on', async ({ checkpoint }) => { await checkpoint({ page: 7 }); await forever(); });
    } }),
    engine('paused', { every: '1h', run: () => 1 }),
    engine('foreign', { run: () => 1 }),
    command('program', { run: ['sh', '-c', 'echo done'] }),
  ],
  supervision: { drain: '200ms' },
});
`;
}
