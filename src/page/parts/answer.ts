/**
 * An answer of the service that a view needs, asked for again whenever what it depends on has changed; at most twice a second.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ask } from '../ask.ts';
import { after } from '../clock.ts';

const restMs = 500;

export interface Answer<T> {
  /** null before the first. */
  value: T | null;
  error: string | null;
}

/** @param on changes when the answer may have changed */
export function useAnswer<T>(path: string, on: unknown): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ value: null, error: null });
  const askedAt = useRef(false);
  useEffect(() => {
    let isWanted = true;
    const now = () => {
      askedAt.current = true;
      ask<T>(path).then(
        (value) => isWanted && setAnswer({ value, error: null }),
        (error: Error) => isWanted && setAnswer((before) => ({ ...before, error: error.message })),
      );
    };
    const cancel = after(askedAt.current ? restMs : 0, now);
    return () => {
      isWanted = false;
      cancel();
    };
  }, [path, on]);
  return answer;
}
