/** Root may read and write everywhere, so as root this runs as a user without rights, until what it promises has come; else as oneself. */
export function withoutPrivileges<T>(run: () => T): T {
  if (process.geteuid?.() !== 0) return run();
  const back = () => process.seteuid?.(0);
  process.seteuid?.(65_534);
  let isLasting = false;
  try {
    const result = run();
    isLasting = result instanceof Promise;
    return isLasting ? ((result as Promise<unknown>).finally(back) as T) : result;
  } finally {
    if (!isLasting) back();
  }
}
