/**
 * Takes credentials out of a message, as far as they can be known by their looks. Many libraries put the whole
 * address of a request into the messages of their errors, with the password or the key in it.
 */

/** Characters of the shortest secret. A shorter one cannot be told from other text. */
export const secretLengthMin = 6;

const patterns: readonly [RegExp, string][] = [
  // https://user:password@host
  [/(\/\/)[^/\s@]{1,500}@/g, '$1…@'],
  // ?key=…&access_token=…
  [
    /([?&;](?:[\w.-]{0,40}[_.-])?(?:api_?key|key|token|secret|password|passwd|signature|sig|code|assertion)=)[^&\s#"'<>)]{1,4000}/gi,
    '$1…',
  ],
  // Authorization: Bearer …
  [/\b(bearer|basic|token|apikey)(\s+|:\s*)(?=[\w.~+/=-]*\d)[\w.~+/=-]{12,4000}/gi, '$1$2…'],
];

export function withoutSecrets(message: string): string {
  return patterns.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), message);
}
