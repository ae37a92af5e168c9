/**
 * A state value as a person writes it: `held.forActor` for `{ held: 'forActor' }`.
 */
export function stateName(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[parent, child] = ['unknown', undefined]] = Object.entries((value ?? {}) as Record<string, unknown>);
  return child === undefined ? parent : `${parent}.${stateName(child)}`;
}
