/**
 * `diagrams`: writes what every machine looks like, for Stately, GitHub, programs and people.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { machines, visualizationOf } from '../diagrams/visualization.ts';

export interface DiagramsOptions {
  out: string;
  json?: boolean;
}

/** @returns the exit code */
export async function diagrams({ out, json }: DiagramsOptions): Promise<number> {
  const folder = resolve(out);
  mkdirSync(folder, { recursive: true });
  const written: string[] = [];
  for (const [name, machine] of Object.entries(machines)) {
    for (const [file, text] of Object.entries(await visualizationOf(name, machine))) {
      writeFileSync(join(folder, file), text);
      written.push(file);
    }
  }
  console.log(json ? JSON.stringify({ folder, files: written }) : `${folder}: ${written.length} files`);
  return 0;
}
