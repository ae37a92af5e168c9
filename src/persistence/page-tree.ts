/**
 * Which pages of a store's file belong together.
 *
 * @see https://www.sqlite.org/fileformat2.html
 */
import { contentOf } from './page-content.ts';
import type { StorePages } from './store-pages.ts';

export interface Tree {
  /** Those that could be reached from the root, which is the first. */
  pages: number[];
  /** Whether all could be reached. */
  isWhole: boolean;
}

/** The first pages of the table and of the index of its keys. */
export interface Roots {
  table: number;
  index: number;
}

/** Where Keyv's first statement puts them, and every copy. */
const usualRoots: Roots = { table: 2, index: 3 };

const fileHeaderBytes = 100;

export function rootsIn(pages: StorePages): Roots {
  const bytes = pages.latest(1);
  const roots = { ...usualRoots };
  for (const columns of (bytes && contentOf(pages, bytes, fileHeaderBytes)?.records) ?? []) {
    const [type, name, table, root] = columns ?? [];
    if (table !== 'keyv' || typeof root !== 'number') continue;
    if (type === 'table') roots.table = root;
    if (name === 'sqlite_autoindex_keyv_1') roots.index = root;
  }
  return roots;
}

export function treeFrom(pages: StorePages, root: number, family: 'table' | 'index'): Tree {
  const reached = new Set<number>();
  let isWhole = true;
  for (const next: (number | undefined)[] = [root]; next.length > 0; ) {
    const page = next.pop();
    const bytes = page === undefined || reached.has(page) ? undefined : pages.latest(page);
    const content = bytes && contentOf(pages, bytes);
    if (page === undefined || !content?.kind.startsWith(family)) {
      isWhole = false;
      continue;
    }
    reached.add(page);
    next.push(...content.below);
  }
  return { pages: [...reached], isWhole };
}

/** Pages that are free, as far as the list of them can be read. They hold what stood on them last. */
export function freePages(pages: StorePages): Set<number> {
  const free = new Set<number>();
  let trunk = pages.latest(1)?.readUInt32BE(32) ?? 0;
  while (trunk !== 0 && !free.has(trunk)) {
    const bytes = pages.latest(trunk);
    if (bytes === undefined) break;
    free.add(trunk);
    const count = Math.min(bytes.readUInt32BE(4), Math.floor(pages.usableBytes / 4) - 2);
    for (let n = 0; n < count; n++) free.add(bytes.readUInt32BE(8 + 4 * n));
    trunk = bytes.readUInt32BE(0);
  }
  return free;
}
