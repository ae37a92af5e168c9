/**
 * What the environment says of the terminal that somebody reads in.
 *
 * @see https://no-color.org; terminfo(5), `dumb`, as editors and build logs call theirs
 */
type Environment = Readonly<Record<string, string | undefined>>;

/** Whether it takes control sequences: colours, and lines that are written over. */
export function takesControls({ TERM }: Environment): boolean {
  return TERM !== 'dumb';
}

export function wantsColours(environment: Environment): boolean {
  return !environment.NO_COLOR && takesControls(environment);
}
