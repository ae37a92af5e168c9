/**
 * The commands that an answer names, for whoever types them where the question was typed: without the options that said which service was
 * meant, they would be about another one, or none.
 */
import { shellQuoted } from '../policies/shell-quoted.ts';
import type { PlaceOptions } from './place.ts';

/**
 * @param text in which each command goes on to the end or to a semicolon, as in `mend the cause, then: nightshift resume hello`
 * @param options as they were typed; the port is none of them that say which service it is
 */
export function withTypedPlace(text: string, { config, data }: PlaceOptions): string {
  const typed = Object.entries({ config, data }).flatMap(([name, value]) =>
    value === undefined ? [] : [` --${name} ${shellQuoted(value)}`],
  );
  return text.replaceAll(/(?<![/\w-])nightshift [a-z][^;]*/g, (command) => `${command}${typed.join('')}`);
}
