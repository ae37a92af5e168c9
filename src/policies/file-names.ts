/**
 * Names of files by a pattern: `*` stands for any characters, `?` for one.
 *
 * As in a shell, a name that begins with a dot is meant only by a pattern that does.
 */
export function fileNamesLike(pattern: string): (name: string) => boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.');
  const written = new RegExp(`^${source}$`, 'su');
  return (name) => written.test(name) && (!name.startsWith('.') || pattern.startsWith('.'));
}
