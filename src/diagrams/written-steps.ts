/**
 * The steps of a job, read from its source.
 *
 * A job's function is the only place that says which steps it has, and it must not be called to draw it. So its calls of `step` are
 * looked for in what Node has of its text. What helpers elsewhere do cannot be seen; a name that is worked out is shown with dots in
 * place of what comes in, as in `page …`.
 */

export interface WrittenStep {
  name: string;
  /** Its name is worked out, so there may be many of it. */
  isMany: boolean;
  window: string | null;
  /** It may be left out when its service is down. */
  isOptional: boolean;
  /** It is never begun twice. */
  isOnce: boolean;
}

/** @param source of a function, as `String(run)` has it @returns in the order of the text, each name once */
export function stepsWrittenIn(source: string): WrittenStep[] {
  const code = codeOf(source);
  const found = new Map<string, WrittenStep>();
  for (const call of code.matchAll(/(?<![\w$])step\s*\(/g)) {
    const [name = '', work, options = ''] = argumentsAt(source, code, call.index + call[0].length);
    if (work === undefined) continue;
    const step = { ...nameOf(name), ...optionsOf(options) };
    if (!found.has(step.name)) found.set(step.name, step);
  }
  return [...found.values()];
}

function nameOf(written: string): Pick<WrittenStep, 'name' | 'isMany'> {
  const [, quote, text = ''] = /^(['"`])(.*)\1$/s.exec(written) ?? [];
  if (quote === undefined) return { name: '…', isMany: true };
  const name = quote === '`' ? withoutValues(text) : text;
  return { name: unescaped(name), isMany: name !== text };
}

const escapes = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|u\{([\da-fA-F]+)\}|(\r\n|[\s\S]))/g;
const letters: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  '\n': '',
  '\r\n': '',
};

/** As JavaScript reads a text. Whoever bundles may write every letter that is not of ASCII by its number. */
function unescaped(written: string): string {
  return written.replace(escapes, (_, byte?: string, unit?: string, point?: string, letter = '') => {
    const code = byte ?? unit ?? point;
    return code === undefined ? (letters[letter] ?? letter) : String.fromCodePoint(Number.parseInt(code, 16));
  });
}

function withoutValues(template: string): string {
  const at = template.indexOf('${');
  if (at < 0) return template;
  return `${template.slice(0, at)}…${withoutValues(template.slice(endOfBraces(template, at + 2)))}`;
}

function optionsOf(written: string): Omit<WrittenStep, 'name' | 'isMany'> {
  const option = (name: string) => new RegExp(`\\b${name}\\s*:\\s*(['"\`])(.*?)\\1`).exec(written)?.[2] ?? null;
  return {
    window: option('window'),
    isOptional: option('whenDown') === 'skip',
    isOnce: option('onInterrupted') === 'fail',
  };
}

/** The texts between the commas of a call whose bracket has opened before `from`. */
function argumentsAt(source: string, code: string, from: number): string[] {
  const found: string[] = [];
  let [depth, begin] = [0, from];
  for (let at = from; at < code.length; at++) {
    const letter = code.charAt(at);
    const ends = depth === 0 && (letter === ',' || letter === ')');
    if (ends) found.push(source.slice(begin, at).trim());
    if (ends) begin = at + 1;
    if (ends && letter === ')') break;
    if ('([{'.includes(letter)) depth += 1;
    if (')]}'.includes(letter)) depth -= 1;
  }
  return found;
}

/** A comment, a quoted text, or a regular expression, which begins where no operand can end. */
const opaque =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|(?<=(?:[(,=:[!&|?{};]|\breturn)\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//y;

/** The source, with blanks in place of everything that is no code. */
function codeOf(source: string): string {
  let code = '';
  while (code.length < source.length) {
    const end = endOfOpaque(source, code.length);
    code += end === code.length ? source.charAt(end) : ' '.repeat(end - code.length);
  }
  return code;
}

function endOfOpaque(source: string, at: number): number {
  if (source[at] === '`') return endOfTemplate(source, at + 1);
  opaque.lastIndex = at;
  return opaque.test(source) ? opaque.lastIndex : at;
}

function endOfTemplate(source: string, from: number): number {
  let at = from;
  while (at < source.length && source[at] !== '`') {
    if (source.startsWith('${', at)) at = endOfBraces(source, at + 2);
    else at += source[at] === '\\' ? 2 : 1;
  }
  return Math.min(at + 1, source.length);
}

function endOfBraces(source: string, from: number): number {
  let [at, depth] = [from, 1];
  while (at < source.length && depth > 0) {
    const end = endOfOpaque(source, at);
    if (end === at && source[at] === '{') depth += 1;
    if (end === at && source[at] === '}') depth -= 1;
    at = end === at ? at + 1 : end;
  }
  return at;
}
