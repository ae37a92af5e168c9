/** A value that JSON can hold: what contexts, events, inputs and outputs are made of. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** null for a text that is no JSON. */
export function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
