/**
 * Texts as a unit file of systemd wants them. It has three rules: a path at the end of a line stands as it is, a word of a list is quoted,
 * and in a command line a dollar sign is one of the shell's. In all of them `%` begins a specifier.
 *
 * @see systemd.syntax(7); systemd.unit(5), "Specifiers"; systemd.service(5), "Command lines"
 */

/** A setting that is one path, spaces and all: `WorkingDirectory=`. */
export function rest(path: string): string {
  return path.replaceAll('%', '%%');
}

/** A word of a list: `ReadWritePaths=`, `Environment=`. A colon in quotes separates nothing. */
export function word(text: string): string {
  const escaped = rest(text);
  return /^[\w@%+=./,-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}

/** The program of a command line, and its arguments. */
export function command(words: readonly [string, ...string[]]): string {
  // systemd starts no program whose path has a quote in it; another program does.
  const [program, ...args] = words[0].includes("'") ? ['/usr/bin/env', ...words] : words;
  // In the program no variable is looked up.
  return [word(program), ...args.map((arg) => word(arg.replaceAll('$', '$$$$')))].join(' ');
}
