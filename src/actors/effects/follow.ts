/**
 * A controller that follows other signals.
 *
 * `AbortSignal.any` does that without being told when it is enough. The price is high: it takes longer than all the rest of a call, and Node keeps
 * such a signal for ever while somebody listens to it who is never called and never lets go.
 */

export interface Following {
  over: AbortController;
  /** The sources are followed no longer. */
  letGo: () => void;
}

/** @param sources with the first of them that is aborted, `over` is, for the same reason */
export function follow(...sources: AbortSignal[]): Following {
  const over = new AbortController();
  const give = ({ target }: { target: unknown }) => over.abort((target as AbortSignal).reason);
  for (const source of sources) {
    if (source.aborted) give({ target: source });
    else source.addEventListener('abort', give, { once: true });
  }
  return {
    over,
    letGo: () => {
      for (const source of sources) source.removeEventListener('abort', give);
    },
  };
}
