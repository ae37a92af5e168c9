/**
 * Reading what a service answered. A 200 says little: what comes with it may be empty, cut short, or the web page of a
 * hotel's Wi-Fi. All of that may be better the next time, so it is worth another try, and no run ends well with it.
 */
import type { z } from 'zod';

/** @throws an error of class recoverable for anything that the schema does not have */
export async function read<Schema extends z.ZodType>(answer: Response, schema: Schema): Promise<z.output<Schema>> {
  const text = await answer.text();
  const parsed = schema.safeParse(jsonIn(text));
  if (parsed.success) return parsed.data;
  const message = text === '' ? 'an empty answer' : `an answer that makes no sense: ${text.slice(0, 60)}`;
  throw passing('ANSWER_UNREADABLE', message);
}

/** An error that says of itself that it may pass. */
export function passing(code: string, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { failure: { class: 'recoverable', code, message } });
}

/** The init of a request that sends JSON. */
export function json(method: string, body: object) {
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
