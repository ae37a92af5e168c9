/**
 * What other tools call what nightshift does: no near miss of a command, and meant all the same.
 */
const words: Readonly<Record<string, string>> = {
  ...all(['list', 'ls', 'ps'], 'nightshift status'),
  ...all(['run', 'exec', 'fire'], 'nightshift trigger ENGINE'),
  ...all(['tail'], 'nightshift logs -f'),
  ...all(['restart'], 'nightshift reload'),
  ...all(
    ['stop', 'down'],
    'Ctrl-C where it was started; in the background: systemctl --user stop nightshift, without --user for a service of the machine; one engine: nightshift pause ENGINE',
  ),
  ...all(
    ['cancel', 'abort', 'terminate', 'kill'],
    'nightshift pause ENGINE, which ends what runs; nightshift resume ENGINE begins it again',
  ),
  ...all(['install', 'enable', 'daemon'], 'nightshift service install'),
  ...all(['uninstall', 'disable'], 'nightshift service uninstall'),
  ...all(['add', 'new', 'create'], 'an engine in the config, then: nightshift reload'),
};

/** @returns what to do instead, to be shown after a colon; undefined for a word that no tool has for any of it */
export function otherWord(word: string): string | undefined {
  return Object.hasOwn(words, word) ? words[word] : undefined;
}

function all(some: readonly string[], instead: string): Record<string, string> {
  return Object.fromEntries(some.map((word) => [word, instead]));
}
