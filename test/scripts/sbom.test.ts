/**
 * The bill of materials: by the rules of CycloneDX 1.5, in our own words, and against the lock file.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { copied, sbom } from '../../scripts/sbom.ts';

interface Locked {
  version: string;
  integrity?: string;
  dev?: boolean;
}

const root = join(import.meta.dirname, '../..');
const bom = sbom(root);

const licence = z.union([
  z.strictObject({ license: z.strictObject({ id: z.string() }) }),
  z.strictObject({ expression: z.string() }),
]);
const component = z.strictObject({
  'bom-ref': z.string().min(1),
  type: z.enum(['application', 'library']),
  name: z.string().min(1),
  version: z.string().min(1),
  scope: z.enum(['required', 'optional']),
  author: z.string().optional(),
  description: z.string().optional(),
  purl: z.string().regex(/^pkg:npm\/(%40[\w.-]+\/)?[\w.-]+@[\w.%+-]+$/),
  properties: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  externalReferences: z.array(z.strictObject({ type: z.string(), url: z.url() })),
  hashes: z
    .array(z.strictObject({ alg: z.literal('SHA-512'), content: z.string().regex(/^[\da-f]{128}$/) }))
    .optional(),
  licenses: z.array(licence).length(1),
});
const shape = z.strictObject({
  $schema: z.literal('http://cyclonedx.org/schema/bom-1.5.schema.json'),
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.literal('1.5'),
  serialNumber: z.string().regex(/^urn:uuid:[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/),
  version: z.literal(1),
  metadata: z.strictObject({
    timestamp: z.iso.datetime(),
    lifecycles: z.array(z.strictObject({ phase: z.enum(['pre-build', 'build']) })),
    tools: z.array(z.strictObject({ vendor: z.string(), name: z.string(), version: z.string() })),
    component,
  }),
  components: z.array(component),
  dependencies: z.array(z.strictObject({ ref: z.string(), dependsOn: z.array(z.string()) })),
});

it('has the form of CycloneDX 1.5, and names nothing that is not in it', () => {
  const { metadata, components, dependencies } = shape.parse(bom);
  const refs = [metadata.component, ...components].map((each) => each['bom-ref']);
  expect(new Set(refs).size).toBe(refs.length);
  expect(dependencies.map(({ ref }) => ref).sort()).toEqual([...refs].sort());
  for (const { dependsOn } of dependencies) {
    expect(new Set(dependsOn).size).toBe(dependsOn.length);
    expect(refs).toEqual(expect.arrayContaining(dependsOn));
  }
  expect(metadata.component).toMatchObject({ name: 'nightshift', type: 'application' });
});

it('lists what is installed with the package and what is copied into it, with the hashes of the lock file, and nothing else', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const inside = Object.values(copied).flat();
  const shipped = Object.entries(lock.packages).flatMap(([path, { version, integrity = '', dev }]) => {
    const name = path.replace(/^.*node_modules\//, '');
    if (path === '' || (dev && !inside.includes(name))) return [];
    return [[`${name}@${version}`, Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex')]];
  });
  const listed = shape
    .parse(bom)
    .components.map(({ name, version, hashes }) => [`${name}@${version}`, hashes?.[0]?.content]);
  expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(shipped));
  expect(listed.length).toBeGreaterThan(40);
});
