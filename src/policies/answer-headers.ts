/**
 * The headers of whatever a job's own client returns: a `Response`, or what axios, got and others make of one.
 */
import { peek } from './peek.ts';

/** Never throws. @returns undefined for anything that has none */
export function answerHeaders(answer: unknown): Headers | undefined {
  const headers = peek(answer, 'headers');
  if (headers instanceof Headers) return headers;
  if (typeof headers !== 'object' || headers === null) return undefined;
  const plain = new Headers();
  try {
    for (const [name, value] of Object.entries(headers)) {
      if (['string', 'number'].includes(typeof value)) plain.set(name, String(value));
    }
  } catch {
    return undefined;
  }
  return plain;
}
