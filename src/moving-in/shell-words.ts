/**
 * A line of the shell as words and the signs between commands, as far as that can be seen without running it.
 */

export type Token = { word: string } | { operator: string };

const part = [
  String.raw`(?<blank>[ \t]+)`,
  String.raw`(?<comment>(?<![^ \t;&|\n])#[^\n]*)`,
  // A redirection, with the number before it and what it leads to.
  String.raw`(?<redirection>\d*(?:>>|>&|<&|&>|>\||<<<|<<|<>|>|<)[ \t]*(?:[^ \t\n;&|<>()]*))`,
  String.raw`(?<operator>&&|\|\||[;&|\n(){}])`,
  `'(?<single>[^']*)'`,
  String.raw`"(?<double>(?:\\.|[^"\\])*)"`,
  String.raw`\\(?<escaped>.)`,
  String.raw`(?<plain>[^ \t\n'"\\;&|<>()]+)`,
  '(?<other>.)',
].join('|');

/** Words without their quotes; redirections and comments are left out. Never throws: of what makes no sense, each sign is a word. */
export function shellTokens(line: string): Token[] {
  const tokens: Token[] = [];
  let word: string | undefined;
  const end = () => {
    if (word !== undefined) tokens.push({ word });
    word = undefined;
  };
  for (const { groups = {} } of line.matchAll(new RegExp(part, 'gs'))) {
    const { blank, comment, redirection, operator, single, double, escaped, plain, other } = groups;
    if (blank ?? comment ?? redirection ?? operator) end();
    if (operator !== undefined) tokens.push({ operator });
    const unescaped = double?.replaceAll(/\\([\\"$`\n])/g, '$1');
    const piece = single ?? unescaped ?? escaped ?? plain ?? other;
    if (piece !== undefined) word = (word ?? '') + piece;
  }
  end();
  return tokens;
}

/** The simple commands of a line, in the order in which they are written. */
export function simpleCommands(line: string): string[][] {
  const commands: string[][] = [[]];
  for (const token of shellTokens(line)) {
    if ('operator' in token) commands.push([]);
    else commands.at(-1)?.push(token.word);
  }
  return commands.filter((words) => words.length > 0);
}
