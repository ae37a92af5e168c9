/**
 * Replaces functions of Node's while a world is open, and puts them back afterwards.
 *
 * What is replaced is looked up at each call; a function that a module took out of a global before the first world was opened is
 * out of reach.
 */
import { syncBuiltinESMExports } from 'node:module';
import { type Life, presentLife } from './life.ts';

type Anything = Record<PropertyKey, unknown>;
export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

const putBack: (() => void)[] = [];

/** Puts everything back that was replaced. */
export function restoreAll(): void {
  for (const undo of putBack.splice(0).reverse()) undo();
  syncBuiltinESMExports();
}

/** Replaces a function: inside by what is given, outside by itself. */
export function inside(
  owner: object,
  name: string,
  replacement: (life: Life, original: AnyFunction, ...args: unknown[]) => unknown,
): void {
  const holder = owner as Anything;
  const original = holder[name] as AnyFunction;
  const replaced = function (this: unknown, ...args: unknown[]) {
    const life = presentLife();
    return life ? replacement(life, original.bind(this), ...args) : original.apply(this, args);
  };
  replace(holder, name, Object.defineProperties(replaced, Object.getOwnPropertyDescriptors(original)));
}

export function replace(holder: Anything, name: string, value: unknown): void {
  const before = Object.getOwnPropertyDescriptor(holder, name);
  // Node keeps a few for itself, each of which is there under another name as well.
  if (before?.configurable === false) return;
  Object.defineProperty(holder, name, {
    configurable: true,
    enumerable: before?.enumerable ?? true,
    writable: true,
    value,
  });
  putBack.push(() => {
    if (before) Object.defineProperty(holder, name, before);
    else delete holder[name];
  });
}
