/**
 * Fields whose value may come from the environment and must not be printed: texts of a grant, secrets,
 * and URLs, which often have a key in them.
 */
import { secretLengthMin } from '../policies/without-secrets.ts';
import { type Environment, isEnvReference, lookUp, variable } from './env.ts';
import { field } from './field.ts';
import { foundKind } from './found.ts';
import { Secret } from './secret.ts';

const wish = { expected: "a text or env('NAME')", fix: "Write env('NAME') and set that environment variable." };

/** A text, given as it is or by `env('NAME')`. Space around it is never meant and taken away. */
export const privateText = (environment: Environment) =>
  field(wish, (value, complain) => read(value, environment, complain));

/** As {@link privateText}, and out of sight from here on. */
export const secret = (environment: Environment) =>
  field(wish, (value, complain) => {
    const text = longEnough(read(value, environment, complain), complain);
    return text === undefined ? undefined : new Secret(text);
  });

/** A text for a program: exactly as it is, or out of sight when it comes from the environment. */
export const environmentText = (environment: Environment) =>
  field(wish, (value, complain) => {
    if (typeof value === 'string') return value;
    const text = read(value, environment, complain);
    return text === undefined ? undefined : new Secret(text);
  });

/** A secret that travels in a request header, which cannot hold every character. */
export const headerSecret = (environment: Environment) =>
  field(wish, (value, complain) => {
    const text = longEnough(read(value, environment, complain), complain);
    if (text === undefined) return undefined;
    if (/^[\x20-\x7e]+$/.test(text)) return new Secret(text);
    return complain({
      found: 'a text with characters that a request header cannot hold',
      expected: 'letters, digits and signs on one line',
      fix: 'Copy it again, without line breaks.',
    });
  });

/** An `http:` or `https:` address. */
export const url = (environment: Environment) =>
  field(urlWish, (value, complain) => address(value, environment, complain)?.href);

/** An address that is itself a secret, because whoever knows it may use it. Secrets are sent there: `https:`, or this machine. */
export const secretUrl = (environment: Environment) =>
  field(urlWish, (value, complain) => {
    const href = secureAddress(value, environment, complain);
    return href === undefined ? undefined : new Secret(href);
  });

/** An address that paths are appended to: without a query, and kept without a slash at its end. */
export const baseUrl = (environment: Environment) =>
  field(urlWish, (value, complain) => {
    const base = address(value, environment, complain);
    if (base === undefined) return undefined;
    if (base.search === '' && base.hash === '') return base.href.replace(/\/+$/, '');
    return complain({
      found: 'a URL with a query or a fragment',
      expected: 'a URL that paths can be appended to',
      fix: "Cut it off at the '?' or '#' and put that into the path of the call.",
    });
  });

/** Where secrets are sent to: `https:`, or `http:` on this machine. */
export const secureUrl = (environment: Environment) =>
  field(urlWish, (value, complain) => secureAddress(value, environment, complain));

function secureAddress(value: unknown, environment: Environment, complain: Complain): string | undefined {
  const secure = address(value, environment, complain);
  if (secure === undefined || secure.protocol === 'https:' || isLoopback(secure.hostname)) return secure?.href;
  return complain({
    found: 'an http: URL',
    expected: 'an https: URL, since secrets are sent there',
    fix: 'Write https://.',
  });
}

const urlWish = { expected: 'a URL', fix: "Write it as 'https://api.example.com'." };

type Complain = Parameters<Parameters<typeof field>[1]>[1];

function read(value: unknown, environment: Environment, complain: Complain): string | undefined {
  if (isEnvReference(value)) {
    const text = lookUp(value, environment)?.trim();
    if (text) return text;
    const state = variable(value.fromEnv, environment) === undefined ? 'not set' : 'empty';
    return complain({
      found: `env('${value.fromEnv}'), which is ${state}`,
      expected: 'a text',
      fix: `Set the environment variable ${value.fromEnv}.`,
    });
  }
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  return complain({ found: foundKind(value) });
}

/** A shorter one would be found all over, in words and numbers that have nothing to do with it. */
function longEnough(text: string | undefined, complain: Complain): string | undefined {
  if (text === undefined || text.length >= secretLengthMin) return text;
  return complain({
    found: `a secret of ${text.length} ${text.length === 1 ? 'character' : 'characters'}`,
    expected: `at least ${secretLengthMin}, for a shorter one cannot be kept out of logs and records`,
    fix: 'Ask the service for a longer one.',
  });
}

function address(value: unknown, environment: Environment, complain: Complain): URL | undefined {
  const text = read(value, environment, complain);
  if (text === undefined) return undefined;
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed?.protocol !== 'https:' && parsed?.protocol !== 'http:') {
    return complain({ found: 'a text that is no http: or https: URL' });
  }
  if (parsed.username === '' && parsed.password === '') return parsed;
  return complain({
    found: 'a URL with a user name or password in it',
    expected: 'a URL without one',
    fix: "Take it out and give the service a token: bearer(env('NAME')) or apiKey(env('NAME'), { header }).",
  });
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
