/** Root may read and write everywhere, so as root this runs as a user without rights; else as oneself. */
export function withoutPrivileges<T>(run: () => T): T {
  if (process.geteuid?.() !== 0) return run();
  process.seteuid?.(65_534);
  try {
    return run();
  } finally {
    process.seteuid?.(0);
  }
}
