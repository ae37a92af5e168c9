/**
 * `init`: writes a config that explains itself and one example engine. What exists is left as it is.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { templates } from '../config/template.ts';

/** @param folder that is set up */
export function init(folder: string): number {
  for (const { path, text } of templates(moduleEnding(folder))) {
    const file = join(folder, path);
    if (existsSync(file)) {
      console.log(`${path}: exists, left as it is`);
      continue;
    }
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { flag: 'wx' });
    console.log(`${path}: written`);
  }
  console.log('\nStart it: npx nightshift start');
  return 0;
}

/** Where package.json says commonjs, Node takes no `import` in a `.ts`. */
function moduleEnding(folder: string): 'ts' | 'mts' {
  try {
    const { type } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { type?: string };
    return type === 'commonjs' ? 'mts' : 'ts';
  } catch {
    return 'ts';
  }
}
