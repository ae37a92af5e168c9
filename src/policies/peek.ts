/**
 * Looks at values that anybody may have thrown: getters and proxies that throw themselves read as undefined.
 */

export function peek(value: unknown, key: PropertyKey): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  try {
    return (value as Record<PropertyKey, unknown>)[key];
  } catch {
    return undefined;
  }
}

/** A property that is a text with something in it. */
export function peekText(value: unknown, key: PropertyKey): string | undefined {
  const text = peek(value, key);
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/**
 * One of the headers of an answer, whatever library it comes from.
 *
 * @param headers a `Headers`, a `Map`, or an object with names in any case and texts, numbers or arrays as values
 * @param name in lower case
 */
export function peekHeader(headers: unknown, name: string): string | undefined {
  try {
    const { get } = headers as { get?: unknown };
    if (typeof get === 'function') return headerText(get.call(headers, name));
    const key = Object.keys(headers as object).find((key) => key.toLowerCase() === name);
    return key === undefined ? undefined : headerText(peek(headers, key));
  } catch {
    return undefined;
  }
}

/** The names of an answer's headers, in lower case, whatever library it comes from. */
export function peekHeaderNames(headers: unknown): string[] {
  try {
    const { get, keys } = headers as { get?: unknown; keys?: unknown };
    const isMap = typeof get === 'function' && typeof keys === 'function';
    const names: Iterable<unknown> = isMap ? keys.call(headers) : Object.keys(headers as object);
    return Array.from(names, (name) => String(name).toLowerCase());
  } catch {
    return [];
  }
}

function headerText(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' || typeof first === 'number' ? String(first).trim() || undefined : undefined;
}
