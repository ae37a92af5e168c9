/**
 * Programs in a config that need rights which no unit of ours gives: with `NoNewPrivileges=`, the owner of a program's file is nobody in particular.
 *
 * The config is looked at as a text and not loaded, for it may belong to another user than the one who installs, who is often root.
 */

export interface RaisedRights {
  program: string;
  /** From 1. */
  line: number;
}

const comment = /^\s*(?:\/\/|\/?\*)/;
/** As a word of its own in a text, or behind a folder. */
const raising = /(?:['"`\s;&|(]|\/s?bin\/)(sudo|su|doas|pkexec|runuser)(?=['"`\s])/;

/** The first line of each such program. @param config the text of its file */
export function raisedRights(config: string): RaisedRights[] {
  const found = new Map<string, RaisedRights>();
  for (const [index, text] of config.split('\n').entries()) {
    const program = comment.test(text) ? undefined : raising.exec(text)?.[1];
    if (program !== undefined && !found.has(program)) found.set(program, { program, line: index + 1 });
  }
  return [...found.values()];
}
