/**
 * Keeps what is costly to make: the values of the keys used last, up to a limit.
 *
 * A memory of a pure function changes nothing but its cost, so policies may have one.
 *
 * @param limit how many values are kept; the one that was not asked for the longest is forgotten first
 * @param make called for a key that is not kept; when it throws, nothing is kept
 */
export function memoized<Value, Key extends string | number = string>(
  limit: number,
  make: (key: Key) => Value,
): (key: Key) => Value {
  const kept = new Map<Key, { value: Value }>();
  return (key) => {
    const entry = kept.get(key) ?? { value: make(key) };
    // A map keeps the order of insertion: the oldest use comes first.
    kept.delete(key);
    kept.set(key, entry);
    if (kept.size > limit) kept.delete(kept.keys().next().value as Key);
    return entry.value;
  };
}
