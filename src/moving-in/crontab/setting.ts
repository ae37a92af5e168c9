/**
 * Lines of a crontab that set something: `NAME = value`.
 *
 * Either side may stand in quotes, which are then not part of it; nothing in it is replaced. What cron takes for such a line it
 * never takes for a job.
 *
 * @see crontab(5) of ISC cron and of cronie
 */
export interface Setting {
  name: string;
  value: string;
}

/** What C's `isspace` takes for a space. */
const space = '[ \\t\\r\\f\\v]';
const name = `(?:'(?<single>[^'=]*)'|"(?<double>[^"=]*)"|(?<bare>[^'"= \\t\\r\\f\\v][^= \\t\\r\\f\\v]*))`;
const form = new RegExp(`^${name}${space}*=${space}*(?<rest>.*)$`, 's');
const quoted = new RegExp(`^(?:'(?<single>[^']*)'|"(?<double>[^"]*)")${space}*$`, 's');
const trailing = new RegExp(`${space}+$`);

/** @returns undefined for a line that sets nothing */
export function settingIn(line: string): Setting | undefined {
  const written = form.exec(line)?.groups;
  const name = written?.single ?? written?.double ?? written?.bare;
  if (!written || !name) return undefined;
  const { rest = '' } = written;
  if (!/^['"]/.test(rest)) return { name, value: rest.replace(trailing, '') };
  const value = quoted.exec(rest)?.groups;
  return value && { name, value: value.single ?? value.double ?? '' };
}
