/**
 * How the six jobs are tried where there is no world outside: what their services answer, and what is done in place of the steps that
 * need a real browser or a mail server. Time goes as it does outside, for a wait costs nothing here.
 */
import type { EngineDefinition } from 'nightshift';
import { answer, type FailurePathsOptions, type Services } from 'nightshift/testing';
import { apis } from '../hostile-world/apis.ts';

Object.assign(process.env, { WORLD_SCALE: '1', IMAP_PORT: '143', CHROMIUM: 'chromium' });
const { default: config } = await import('./nightshift.config.ts');

/** As the hostile world answers on a good day; the one language model whose name never resolves does so here. */
const services: Services = () => ({
  ...Object.fromEntries(
    Object.entries(apis).map(([name, api]) => [
      name,
      ({ method, url, body, nth }) =>
        answer(200, api.answer({ method, path: url.pathname, body: body === '' ? {} : JSON.parse(body) }, nth)),
    ]),
  ),
  groq: ({ nth }) => answer(200, { text: `draft number ${nth}` }),
});

const doubles: Readonly<Record<string, NonNullable<FailurePathsOptions['steps']>>> = {
  mailbox: { look: () => [{ id: 'mail-1-7', uid: 7, subject: 'My lamp is dark' }], 'seen 7': () => null },
  scraper: { walk: () => Array.from({ length: 50 }, (_, n) => `item ${n}`) },
};

/** On a Monday morning: every window is open. */
const startAt = Date.UTC(2026, 0, 5, 10);

export const jobs = (config.engines ?? []).map(({ id }: EngineDefinition) => ({
  id,
  /** What `failurePaths` is to know of the job. */
  options: { config, services, startAt, ...(doubles[id] && { steps: doubles[id] }) },
}));
