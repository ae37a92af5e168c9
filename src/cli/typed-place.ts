/**
 * The commands that an answer names, for whoever types them where the question was typed: without the options that said which service was
 * meant, they would be about another one, or none.
 */
import { parseArgs } from 'node:util';
import { shellQuoted } from '../policies/shell-quoted.ts';
import type { PlaceOptions } from './place.ts';

/** Those that take the options, by name: `import` and `shadow` alone are names for several others. */
const placed =
  /(?<![/\w-])nightshift (?:start|status|doctor|incidents|logs|log-level|metrics|why|history|report|service|check|reload|backup|restore|recover|export|import state|shadow (?:report|crontab)|vault rotate|trigger|pause|resume|reset|isolate|ack)(?![\w-])/g;

/**
 * @param text in which commands stand anywhere, as in `Start it: nightshift start; or else …`
 * @param options as they were typed; the port is none of them that say which service it is
 */
export function withTypedPlace(text: string, { config, data }: PlaceOptions): string {
  const typed = Object.entries({ config, data }).flatMap(([name, value]) =>
    value === undefined ? [] : [` --${name} ${shellQuoted(value)}`],
  );
  // Right behind its name, for where a command ends and the sentence goes on cannot be told.
  return text.replaceAll(placed, (command) => `${command}${typed.join('')}`);
}

/** @param args the whole command line */
export function typedPlace(args: readonly string[]): PlaceOptions {
  const options = { config: { type: 'string' }, data: { type: 'string' } } as const;
  const { values } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true });
  return Object.fromEntries(
    Object.entries(values).filter(([name, value]) => name in options && typeof value === 'string'),
  );
}
