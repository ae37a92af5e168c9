/**
 * Six jobs of a company of one, and the services that they need. `npm run demo` starts it against a world that does its worst,
 * and says where that is and which programs there are: WORLD_URL, IMAP_PORT, CHROMIUM.
 */
import { bearer, clientCredentials, defineConfig, type EngineDefinition, env, oauth2 } from 'nightshift';
import { scaled } from '../hostile-world/scale.ts';
import { blog } from './blog.ts';
import { mailbox } from './mailbox.ts';
import { products } from './products.ts';
import { scraper } from './scraper.ts';
import { status } from './status.ts';
import { video } from './video.ts';

const { WORLD_URL: world = 'http://127.0.0.1:4180', IMAP_PORT, CHROMIUM } = process.env;

const breaker = { failures: 3, cooldown: scaled('5m'), cooldownMax: scaled('30m') };
const calm = { timeout: scaled('2m'), breaker };
const at = (name: string) => ({ ...calm, url: `${world}/${name}` });

const grant = {
  tokenUrl: `${world}/oauth/token`,
  clientSecret: env('CLIENT_SECRET', 'the secret of the clients'),
  refreshBefore: scaled('15m'),
};

const engines: EngineDefinition[] = [video, blog, products, status];
if (IMAP_PORT) engines.push(mailbox);
if (CHROMIUM) engines.push(scraper);

export default defineConfig({
  timeZone: 'UTC',
  windows: {
    publish: { from: process.env.PUBLISH_FROM ?? '09:00', to: process.env.PUBLISH_TO ?? '22:00' },
    daytime: { from: process.env.DAYTIME_FROM ?? '07:00', to: process.env.DAYTIME_TO ?? '23:00' },
  },
  tokens: {
    studio: oauth2({ ...grant, clientId: 'studio', refreshToken: env('STUDIO_REFRESH', 'of the studio') }),
    social: oauth2({ ...grant, clientId: 'social', refreshToken: env('SOCIAL_REFRESH', 'of the network') }),
    office: clientCredentials({ ...grant, clientId: 'office' }),
    apiKey: bearer(env('API_KEY', 'key-of-the-one-person-company')),
  },
  services: {
    storage: { ...at('storage'), token: 'apiKey' },
    video: { ...at('video'), token: 'studio' },
    social: { ...at('social'), token: 'social', quota: { limit: 8, per: 'minute' } },
    blog: { ...at('blog'), token: 'apiKey' },
    search: at('search'),
    // A name that nobody has registered, and nobody ever will: RFC 6761, section 6.4.
    groq: { ...calm, url: 'http://groq.invalid' },
    cerebras: { ...at('cerebras'), token: 'apiKey' },
    ollama: at('ollama'),
    llm: { fallback: ['groq', 'cerebras', 'ollama'] },
    supplier: { ...at('supplier'), token: 'apiKey' },
    shop: { ...at('shop'), token: 'office' },
    crm: { ...at('crm'), token: 'office' },
    chat: at('chat'),
    analytics: { ...at('analytics'), token: 'apiKey' },
    // A browser takes its time.
    portal: { ...calm, timeout: scaled('15m') },
    mailbox: { ...calm, timeout: scaled('10m') },
  },
  // Here it is killed on purpose, more often than a thing that breaks would be borne with.
  supervision: { maxRestarts: 100, drain: '3s' },
  builtIn: { health: false, resources: false },
  engines,
});
