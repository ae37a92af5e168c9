/**
 * `diagrams`: writes what every machine looks like, and every engine of a config, for Stately, GitHub, programs and people.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { AnyStateMachine } from 'xstate';
import { loadDefinition } from '../config/load.ts';
import { resolveConfig } from '../config/resolve.ts';
import { engineDiagram } from '../diagrams/engine-diagram.ts';
import { machines, visualizationOf } from '../diagrams/visualization.ts';
import { madeUpEnvironment } from '../testing/world/config-for-world.ts';

export interface DiagramsOptions {
  config?: string;
  out: string;
  json?: boolean;
}

/** @returns the exit code */
export async function diagrams({ config, out, json }: DiagramsOptions): Promise<number> {
  const shown = { ...machines, ...(config === undefined ? {} : await enginesOf(config)) };
  const folder = resolve(out);
  mkdirSync(folder, { recursive: true });
  const written: string[] = [];
  for (const [name, machine] of Object.entries(shown)) {
    for (const [file, text] of Object.entries(await visualizationOf(name, machine))) {
      writeFileSync(join(folder, file), text);
      written.push(file);
    }
  }
  console.log(json ? JSON.stringify({ folder, files: written }) : `${folder}: ${written.length} files`);
  return 0;
}

/** What a config takes from the environment is in no diagram, and need not be there. */
async function enginesOf(config: string): Promise<Record<string, AnyStateMachine>> {
  const file = resolve(config);
  const { engines } = resolveConfig(await loadDefinition(file), madeUpEnvironment(), dirname(file));
  return Object.fromEntries([...engines].map(([id, engine]) => [`engine-${id}`, engineDiagram(engine)]));
}
