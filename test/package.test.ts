/**
 * What package.json, the lock file and docs/dependencies.md promise together.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Manifest {
  dependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  /** Whether npm runs the install script of a package. */
  allowScripts: Record<string, boolean>;
}

interface Locked {
  license?: string;
  resolved?: string;
  integrity?: string;
  dev?: boolean;
  hasInstallScript?: boolean;
  optionalDependencies?: Record<string, string>;
}

const root = join(import.meta.dirname, '..');
const json = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'));
const { dependencies, optionalDependencies, devDependencies, allowScripts } = json('package.json') as Manifest;
const direct = { ...dependencies, ...optionalDependencies, ...devDependencies };
const locked = Object.entries(json('package-lock.json').packages as Record<string, Locked>);
const text = readFileSync(join(root, 'docs/dependencies.md'), 'utf8');

describe.each(Object.entries(direct))('%s', (name, version) => {
  it('is pinned to one version', () => {
    expect(version).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
  });

  it('stands in docs/dependencies.md with its version and its licence', () => {
    const licence = locked.find(([path]) => path === `node_modules/${name}`)?.[1].license;
    expect(text).toContain(`| \`${name}\` | ${version} | ${licence} |`);
  });
});

describe('package-lock.json', () => {
  it('names no registry', () => {
    expect(locked.filter(([, { resolved }]) => resolved)).toEqual([]);
  });

  it('has the hash of every package, also of those for other platforms', () => {
    const without = locked.filter(
      ([path, { integrity }]) => path !== '' && !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''),
    );
    expect(without.map(([path]) => path)).toEqual([]);
  });

  it('has no install script that package.json does not decide about', () => {
    const withScript = locked.filter(([, { hasInstallScript }]) => hasInstallScript);
    const names = withScript.map(([path]) => path.replace(/^.*node_modules\//, ''));
    expect(Object.keys(allowScripts)).toEqual(expect.arrayContaining(names));
    // It fetches Node itself, which the machine may have in a version that is too old.
    expect(Object.entries(allowScripts).flatMap(([name, isAllowed]) => (isAllowed ? [name] : []))).toEqual(['node']);
  });

  it.each(['.ci/run', '.ci/long'])('is installed by %s with no other install script than those', (file) => {
    const installs = readFileSync(join(root, file), 'utf8').match(/^npm (ci|install)\b.*$/gm) ?? [];
    expect(installs).toHaveLength(1);
    for (const line of installs) expect(line).toContain('--strict-allow-scripts');
  });

  // npm 11 refuses to install from a lock file that lacks some.
  it('has the binaries of every platform, not only of the one it was made on', () => {
    const paths = new Set(locked.map(([path]) => path));
    const missing = locked.flatMap(([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {}).filter(
        (name) => !(paths.has(`node_modules/${name}`) || paths.has(`${path}/node_modules/${name}`)),
      ),
    );
    expect(missing).toEqual([]);
  });

  it('gives users nothing that has an install script', () => {
    expect(locked.filter(([, { dev, hasInstallScript }]) => hasInstallScript && !dev)).toEqual([]);
  });
});

it('documents nothing that is not a dependency any more', () => {
  const documented = [...text.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);
  expect(documented.sort()).toEqual(Object.keys(direct).sort());
});

it.each(['README.md', 'CHANGELOG.md', 'LICENSE'])('has the %s that it publishes', (file) => {
  expect(existsSync(join(root, file))).toBe(true);
});
