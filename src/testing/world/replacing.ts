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

/** Replaces a function, if this Node has it: inside by what is given, outside by itself. */
export function inside(
  owner: object,
  name: string,
  replacement: (life: Life, original: AnyFunction, ...args: unknown[]) => unknown,
): void {
  const holder = owner as Anything;
  const original = holder[name] as AnyFunction | undefined;
  if (!original) return;
  const replaced = function (this: unknown, ...args: unknown[]) {
    const life = presentLife();
    if (!life) return original.apply(this, args);
    return replacement(life, (...given) => original.apply(this, given), ...args);
  };
  replace(holder, name, Object.defineProperties(replaced, Object.getOwnPropertyDescriptors(original)));
}

/** Replaces what is read of a property, if this Node has it. @param owner the very object that has the property */
export function insideRead(
  owner: object,
  name: string,
  replacement: (life: Life, read: () => unknown) => unknown,
): void {
  const before = Object.getOwnPropertyDescriptor(owner, name);
  if (!before?.configurable) return;
  const read = (holder: unknown) => (before.get ? before.get.call(holder) : before.value);
  define(owner, name, {
    configurable: true,
    enumerable: before.enumerable ?? true,
    get(this: unknown) {
      const life = presentLife();
      return life ? replacement(life, () => read(this)) : read(this);
    },
    set(this: unknown, value: unknown) {
      if (before.set) before.set.call(this, value);
      else before.value = value;
    },
  });
}

/** Has whoever calls or constructs a function meet a guard first, inside. @param guard throws, or lets it go on */
export function guarded(owner: object, name: string, guard: (life: Life, self: unknown) => void): void {
  const original = (owner as Anything)[name] as AnyFunction;
  const standsFor: AnyFunction = new Proxy(original, {
    apply(target, self, args) {
      const life = presentLife();
      if (life) guard(life, self);
      return Reflect.apply(target, self, args);
    },
    construct(target, args, newTarget) {
      const life = presentLife();
      if (life) guard(life, undefined);
      return Reflect.construct(target, args, newTarget === standsFor ? target : newTarget);
    },
  });
  replace(owner as Anything, name, standsFor);
}

export function replace(holder: Anything, name: string, value: unknown): void {
  const enumerable = Object.getOwnPropertyDescriptor(holder, name)?.enumerable ?? true;
  define(holder, name, { configurable: true, enumerable, writable: true, value });
}

function define(holder: object, name: string, property: PropertyDescriptor): void {
  const before = Object.getOwnPropertyDescriptor(holder, name);
  // Node keeps a few for itself, each of which is there under another name as well.
  if (before?.configurable === false) return;
  Object.defineProperty(holder, name, property);
  putBack.push(() => {
    if (before) Object.defineProperty(holder, name, before);
    else delete (holder as Anything)[name];
  });
}
