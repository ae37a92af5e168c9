/** The patience of whoever backs off: the script and Nightshift have the same. */
export const retry = { baseMs: 1_000, capMs: 15 * 60_000, tries: 50 };
/** How long a call may take for whoever has a limit on that. */
export const callTimeoutMs = 30_000;
