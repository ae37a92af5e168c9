/**
 * Splits a line into words as a shell does, and does nothing else of what a shell does: no variables, no wildcards, no pipes.
 */

/**
 * @returns the words of the line; `null` when a quote or a backslash has nothing after it that ends it
 * @see POSIX.1-2024, Shell Command Language, 2.2 Quoting
 */
export function wordsOf(line: string): string[] | null {
  const words: string[] = [];
  const part = /\s+|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)/y;
  let word: string | undefined;
  while (part.lastIndex < line.length) {
    const found = part.exec(line);
    if (!found) return null;
    const [whole, single, double, escaped, plain] = found;
    if (/^\s/.test(whole)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = `${word ?? ''}${single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? plain ?? ''}`;
  }
  return word === undefined ? words : [...words, word];
}
