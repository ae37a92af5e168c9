/**
 * The redactor: the last door before text leaves the process, as a log line, an error message, an API answer.
 *
 * It knows the secrets in use and takes them out wherever they occur, also as URLs, JSON and base64 write them;
 * the latter at any offset, since `Authorization: Basic` has a name before the secret.
 *
 * Each position of a text costs one look-up, of the characters just before it among the *ends* of all forms of all secrets,
 * however many there are. Ends, because tokens begin alike (`eyJhbGci…`, `ghp_…`) and end differently.
 */

import { secretLengthMin } from '../policies/without-secrets.ts';

export interface Redactor {
  /** Takes this secret out from now on. One shorter than 6 characters is ignored: it would be found everywhere. */
  add(secret: string): void;
  /** Lets go of a secret that is of no use to anybody any more, as an expired token. */
  forget(secret: string): void;
  /** The text with every occurrence replaced by `[secret]`; occurrences that overlap are replaced together. */
  redact(text: string): string;
}

const replacement = '[secret]';

export function createRedactor(): Redactor {
  const secrets = new Set<string>();
  // A form that several secrets share stands here once for each of them.
  const formsByEnd = new Map<string, string[]>();
  return {
    add(secret) {
      if (secret.length < secretLengthMin || secrets.has(secret)) return;
      secrets.add(secret);
      for (const form of formsOf(secret)) {
        const alike = formsByEnd.get(endOf(form));
        if (alike) alike.push(form);
        else formsByEnd.set(endOf(form), [form]);
      }
    },
    forget(secret) {
      if (!secrets.delete(secret)) return;
      for (const form of formsOf(secret)) {
        const alike = formsByEnd.get(endOf(form)) ?? [];
        alike.splice(alike.indexOf(form), 1);
        if (alike.length === 0) formsByEnd.delete(endOf(form));
      }
    },
    redact: (text) => (secrets.size === 0 ? text : replaced(text, occurrences(text, formsByEnd))),
  };
}

const endOf = (form: string) => form.slice(-secretLengthMin);

/** Every way a secret is known to be written, itself included. None is shorter than the secret. */
export function formsOf(secret: string): Set<string> {
  return new Set([secret, ...urlForms(secret), ...jsonForms(secret), ...base64Forms(secret)]);
}

function urlForms(secret: string) {
  // A lone surrogate has no UTF-8, and encoders refuse it.
  const text = secret.toWellFormed();
  const component = encodeURIComponent(text);
  const strict = component.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const form = new URLSearchParams([['', text]]).toString().slice('='.length);
  const upper = [component, strict, form, encodeURI(text)];
  return [...upper, ...upper.map((encoded) => encoded.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase()))];
}

function jsonForms(secret: string) {
  const once = escaped(secret);
  const slashes = once.replaceAll('/', '\\/');
  const forms = [once, slashes, ascii(once), ascii(slashes)];
  // A log line holds an error message that holds an answer: JSON in JSON.
  return [...forms, ...forms.map(escaped)];
}

function escaped(text: string) {
  return JSON.stringify(text).slice(1, -1);
}

function ascii(json: string) {
  return json.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function base64Forms(secret: string) {
  const bytes = Buffer.from(secret);
  const padded = bytes.toString('base64');
  const bare = padded.replace(/=+$/, '');
  // Base64 writes three bytes as four characters: what a secret looks like depends on where in the three it begins.
  const inner = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    // Characters that share bits with a neighbour are not the secret's alone.
    const from = offset === 0 ? 0 : offset + 1;
    return text.slice(from).replace(/.=+$/, '');
  });
  return [padded, bare, ...inner].flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}

interface Span {
  from: number;
  to: number;
}

/** Where forms occur, in order, those that overlap made one. */
function occurrences(text: string, formsByEnd: ReadonlyMap<string, readonly string[]>): Span[] {
  const spans: Span[] = [];
  for (let to = secretLengthMin; to <= text.length; to++) {
    for (const form of formsByEnd.get(text.slice(to - secretLengthMin, to)) ?? []) {
      let from = to - form.length;
      if (from < 0 || !text.startsWith(form, from)) continue;
      for (let last = spans.at(-1); last && last.to > from; last = spans.at(-1)) {
        from = Math.min(from, last.from);
        spans.pop();
      }
      spans.push({ from, to });
    }
  }
  return spans;
}

function replaced(text: string, spans: readonly Span[]) {
  if (spans.length === 0) return text;
  let kept = 0;
  let result = '';
  for (const { from, to } of spans) {
    result += text.slice(kept, from) + replacement;
    kept = to;
  }
  return result + text.slice(kept);
}
