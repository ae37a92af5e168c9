/**
 * Values as the text of a TypeScript file, in the way this project writes them.
 */

/** A text in single quotes. */
export function quoted(text: string): string {
  const escaped = JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(String.raw`\"`, '"')
    .replaceAll("'", String.raw`\'`)
    .replaceAll(unseen, codeText);
  return `'${escaped}'`;
}

/** What breaks lines, repaints a terminal or turns a text around, and is not to be seen itself. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A text that may stand in a comment or on a terminal: on one line, and with all that it holds to be seen. */
export function commentText(text: string): string {
  return text
    .replaceAll(/[\t\n\r]+/g, ' ')
    .replaceAll(unseen, codeText)
    .trimEnd();
}

function codeText(sign: string): string {
  const code = sign.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  return code > 0xffff ? `\\u{${digits}}` : `\\u${digits.padStart(4, '0')}`;
}

/** A text as lines of a comment, as wide as there is room. */
export function commentLines(text: string, indent: string, inner = ''): string[] {
  const lines: string[] = [];
  for (const word of commentText(text).split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= widthMax - inner.length)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(lines.length === 0 ? word : `${inner}${word}`);
  }
  return lines.map((line) => `${indent}// ${line}`.trimEnd());
}

/** The key of an object; `__proto__` in brackets, for it would be something else. */
export function keyText(key: string): string {
  if (key === '__proto__') return "['__proto__']";
  return /^(?:[A-Za-z_$][\w$]*|0|[1-9]\d{0,8})$/.test(key) ? key : quoted(key);
}

/** @param indent of the line on which it begins */
export function literal(value: unknown, indent: string): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return listText(value, indent);
  if (typeof value !== 'object' || value === null) return String(value);
  return objectText(
    Object.entries(value).map(([key, each]) => `${keyText(key)}: ${literal(each, `${indent}  `)}`),
    indent,
  );
}

/** An object of entries that are written already, on one line where there is room. */
export function objectText(entries: readonly string[], indent: string): string {
  return (
    spread(entries, indent, '{ ', ' }') ?? `{\n${entries.map((entry) => `${indent}  ${entry},\n`).join('')}${indent}}`
  );
}

function listText(values: readonly unknown[], indent: string): string {
  const entries = values.map((value) => literal(value, `${indent}  `));
  return (
    spread(entries, indent, '[', ']') ?? `[\n${entries.map((entry) => `${indent}  ${entry},\n`).join('')}${indent}]`
  );
}

const widthMax = 100;

function spread(entries: readonly string[], indent: string, open: string, close: string): string | undefined {
  if (entries.length === 0) return `${open}${close}`.replaceAll(' ', '');
  const line = `${open}${entries.join(', ')}${close}`;
  return line.includes('\n') || indent.length + line.length > widthMax ? undefined : line;
}
