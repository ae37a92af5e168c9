/**
 * Amounts of memory and disk as people write them: `512MB` is 512 million bytes, `1.5GiB` is 1.5 · 2³⁰.
 */

const prefixes = ['', 'k', 'm', 'g', 't', 'p'];
const written = /^(\d{1,15}(?:\.\d{1,9})?) ?([kmgtp]?)(i?)b$/i;

/**
 * Reads a size.
 *
 * @param text a number, fractions allowed, and one of `B`, `kB` to `PB` (powers of 1,000) or `KiB` to `PiB`
 *   (powers of 1,024), in any case
 * @returns whole bytes; null for anything else
 */
export function parseSize(text: string): number | null {
  const [, amount, prefix = '', binary] = written.exec(text.trim()) ?? [];
  if (amount === undefined || (binary && prefix === '')) return null;
  const bytes = Math.round(Number(amount) * (binary ? 1024 : 1000) ** prefixes.indexOf(prefix.toLowerCase()));
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** Writes a size in powers of 1,000, rounded to a tenth: `512MB`, `1.5GB`, `0B`. */
export function formatSize(bytes: number): string {
  const names = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  const rounded = (power: number) => Math.round((bytes / 1000 ** power) * 10) / 10;
  let power = 0;
  while (power < names.length - 1 && Math.abs(rounded(power)) >= 1000) power += 1;
  return `${power === 0 ? Math.round(bytes) : rounded(power)}${names[power]}`;
}
