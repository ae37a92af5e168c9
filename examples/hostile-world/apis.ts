/**
 * The APIs of the hostile world: what each service answers when it is well, what it wants to see first, and when it may be called.
 */
import type { Json } from '../../src/json.ts';

export interface Api {
  /** `token`: one of the authority's. `key`: the one that everybody has. `none`: anybody. */
  wants: 'token' | 'key' | 'none';
  /** Its outages take longer than others'. */
  frail?: true;
  /** Of its paths that may be called at certain hours only: the names of those hours. */
  hours?: { method: string; path: RegExp; name: string }[];
  /** @param n counts the world's requests: what is made is named after it */
  answer(request: Asked, n: number): Json;
}

export interface Asked {
  method: string;
  /** Without its query. */
  path: string;
  body: { [key: string]: Json };
}

/** What a service with API keys wants to see. */
export const apiKey = 'key-of-the-one-person-company';

const skus = ['lamp', 'chair', 'desk', 'shelf', 'rug', 'clock'];

export const apis: Readonly<Record<string, Api>> = {
  storage: {
    wants: 'key',
    answer: ({ method }, n) =>
      method === 'GET' ? { name: `footage-${n}`, seconds: 60 + (n % 600) } : { url: `https://files.example/${n}` },
  },
  video: { wants: 'token', answer: (_, n) => ({ id: `video-${n}`, status: 'processed' }) },
  social: {
    wants: 'token',
    hours: [{ method: 'POST', path: /^\/posts$/, name: 'daytime' }],
    answer: (_, n) => ({ id: `post-${n}` }),
  },
  blog: {
    wants: 'key',
    hours: [{ method: 'POST', path: /^\/posts\/[^/]+\/publish$/, name: 'publish' }],
    answer: ({ path }, n) => (path.endsWith('/publish') ? { published: true } : { id: `draft-${n}` }),
  },
  search: { wants: 'none', frail: true, answer: () => ({ crawled: 'soon' }) },
  cerebras: { wants: 'key', answer: ({ body }, n) => ({ text: sentence(body.prompt, n), model: 'cerebras' }) },
  ollama: { wants: 'none', answer: ({ body }, n) => ({ text: sentence(body.prompt, n), model: 'ollama' }) },
  supplier: { wants: 'key', answer: (_, n) => skus.map((sku, index) => ({ sku, price: 10 + ((n + index) % 90) })) },
  shop: { wants: 'token', answer: ({ path }) => ({ sku: path.split('/').at(-1) ?? '' }) },
  crm: { wants: 'token', answer: (_, n) => ({ ticket: `ticket-${n}` }) },
  chat: { wants: 'none', answer: () => ({ delivered: true }) },
  analytics: {
    wants: 'key',
    frail: true,
    answer: (_, n) => ({ visitors: 100 + ((n * 37) % 900), since: 'yesterday' }),
  },
};

function sentence(prompt: Json | undefined, n: number): string {
  return `As to ${JSON.stringify(prompt ?? 'nothing')}: draft number ${n}.`;
}
