/**
 * Browser modules: what the page imports, as a browser can load it. It finds modules by their address alone, so the names of packages are
 * replaced by addresses, and so is the ending of our own files, whose types Node strips. There is no bundler.
 */

/** The packages that the page uses, and the file of each that a browser loads. */
export const packages: Readonly<Record<string, { folder: string; file: string }>> = {
  preact: { folder: 'preact', file: 'dist/preact.mjs' },
  'preact/hooks': { folder: 'preact', file: 'hooks/dist/hooks.mjs' },
  '@preact/signals': { folder: '@preact/signals', file: 'dist/signals.mjs' },
  '@preact/signals-core': { folder: '@preact/signals-core', file: 'dist/signals-core.mjs' },
  htm: { folder: 'htm', file: 'dist/htm.mjs' },
  uplot: { folder: 'uplot', file: 'dist/uPlot.esm.js' },
};

/** What a file of our own has in place of a package. */
const ours: Readonly<Record<string, string>> = { 'htm/preact': '/page/html.js' };

/** Styles of theirs, by the file they become. */
export const packageStyles: Readonly<Record<string, string>> = { 'vendor/uplot.css': 'uplot/dist/uPlot.min.css' };

const imported = /(\bfrom\s*|\bimport\s*\(?\s*)(['"])([^'"\n]+)\2/g;

/**
 * @param code JavaScript whose types have been taken out
 * @throws {RangeError} when it imports a package that the page does not have
 */
export function browserModule(code: string): string {
  return code.replace(
    imported,
    (_, before: string, quote: string, name: string) => `${before}${quote}${addressOf(name)}${quote}`,
  );
}

/** As in `vendor/preact-hooks.js`. */
export function vendorFile(name: string): string {
  return `vendor/${name.replace('@', '').replaceAll('/', '-')}.js`;
}

function addressOf(name: string): string {
  if (name.startsWith('.')) return name.replace(/\.ts$/, '.js');
  const own = ours[name];
  if (own !== undefined) return own;
  if (name in packages) return `/page/${vendorFile(name)}`;
  throw new RangeError(
    `found an import of '${name}', expected a file of the page or one of ${Object.keys(packages).join(', ')}.`,
  );
}
