/**
 * The files of the page: as the build has put them beside this one; or, where the source runs as it is, made from the source when they are
 * asked for first.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { extname, join, relative } from 'node:path';
import { browserModule, packageStyles, packages, vendorFile } from './browser-module.ts';

export interface PageFile {
  body: string;
  type: string;
  /** Changes exactly when the body does. */
  etag: string;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Where the build has put them, beside this module. */
const pageFolder = join(import.meta.dirname, '../page');

/** By their path, as in `vendor/preact.js`. */
export function pageFiles(): Map<string, PageFile> {
  const isSource = import.meta.filename.endsWith('.ts');
  const files = isSource ? madePageFiles(join(import.meta.dirname, '../..')) : keptFiles();
  return new Map(files.flatMap(([path, body]) => fileOf(path, body)));
}

/**
 * What the page is made of, in the browser's own languages: from the source, the packages and the pictures of the charts.
 *
 * @param root of this repository
 */
export function madePageFiles(root: string): [path: string, body: string][] {
  const source = join(root, 'src/page');
  const inPackages = (file: string) => readFileSync(join(root, 'node_modules', file), 'utf8');
  const own = pathsIn(source).flatMap((path): [string, string][] => {
    const text = readFileSync(join(source, path), 'utf8');
    if (path.endsWith('.ts')) return [[path.replace(/\.ts$/, '.js'), browserModule(stripTypeScriptTypes(text))]];
    return types[extname(path)] ? [[path, text]] : [];
  });
  const vendored = Object.entries(packages).map(([name, { folder, file }]): [string, string] => {
    const code = inPackages(`${folder}/${file}`).replace(/\n?\/\/# sourceMappingURL=.*/, '');
    return [vendorFile(name), browserModule(code)];
  });
  const styles = Object.entries(packageStyles).map(([path, file]): [string, string] => [path, inPackages(file)]);
  // One module leads to the next: a browser that knows all of them beforehand asks for them at once.
  const hints = [...own, ...vendored]
    .filter(([path]) => path.endsWith('.js') && path !== vendorFile('uplot'))
    .map(([path]) => `<link rel="modulepreload" href="/page/${path}" />`);
  const index = own.find(([path]) => path === 'index.html');
  if (index) index[1] = index[1].replace('<!-- modules -->', hints.join('\n    '));
  return [...own, ...vendored, ...styles, ...chartFiles(join(root, 'visualizations'))];
}

/** The policy allows no styles inside: those of the pictures, which are all the same, become a file. */
function chartFiles(folder: string): [path: string, body: string][] {
  const style = /<style>(.*?)<\/style>/s;
  const pictures = pathsIn(folder)
    .filter((path) => path.endsWith('.svg'))
    .map((path) => [`charts/${path}`, readFileSync(join(folder, path), 'utf8')] as const);
  const [, rules = ''] = style.exec(pictures[0]?.[1] ?? '') ?? [];
  return [
    ['charts/style.css', rules],
    ...pictures.map(([path, body]): [string, string] => [path, body.replace(style, '')]),
  ];
}

function keptFiles(): [path: string, body: string][] {
  return pathsIn(pageFolder).map((path) => [path, readFileSync(join(pageFolder, path), 'utf8')]);
}

function pathsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
}

function fileOf(path: string, body: string): [string, PageFile][] {
  const type = types[extname(path)];
  if (!type) return [];
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return [[path, { body, type, etag }]];
}
