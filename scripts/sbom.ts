/**
 * What the package brings along, as a software bill of materials in CycloneDX: what is installed with it, and what the build copies into
 * it, which npm itself takes for needed in development alone.
 *
 * @see https://cyclonedx.org/docs/1.5/json/
 */
import { execFileSync } from 'node:child_process';
import { packages } from '../src/dashboard/browser-module.ts';

interface Component {
  'bom-ref': string;
  name: string;
  version: string;
  type: string;
  properties: { name: string; value: string }[];
}

export interface Bom {
  metadata: { component: Component };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

/** Packages whose code is in files of ours, and into which. */
export const copied = {
  'dist/persistence/keyv.js': ['keyv', '@keyv/sqlite', 'hookified'],
  'dist/page/vendor': [...new Set(Object.values(packages).map(({ folder }) => folder))],
};

const isForDevelopment = ({ properties }: Component) =>
  properties.some(({ name }) => name === 'cdx:npm:package:development');

/** @param root of this repository */
export function sbom(root: string): Bom {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const all = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 64_000_000 })) as Bom;
  const inside = new Set(Object.values(copied).flat());
  const components = all.components
    .filter((component) => !isForDevelopment(component) || inside.has(component.name))
    .map((component) => ({
      ...component,
      properties: component.properties.filter(({ name }) => name !== 'cdx:npm:package:development'),
    }));
  const own = { ...all.metadata.component, name: 'nightshift', type: 'application' };
  const refs = new Set([own, ...components].map((component) => component['bom-ref']));
  const dependencies = all.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => refs.has(each)) }));
  return { ...all, metadata: { ...all.metadata, component: own }, components, dependencies };
}
