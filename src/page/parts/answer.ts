/**
 * An answer of the service that a view needs, asked for again whenever what it depends on has changed; at most twice a second.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ask, Refusal } from '../ask.ts';
import { after } from '../clock.ts';

const restMs = 500;

export interface Answer<T> {
  /** null before the first. */
  value: T | null;
  error: Refusal | null;
}

/** @param on changes when the answer may have changed */
export function useAnswer<T>(path: string, on: unknown): Answer<T> {
  return useAsked(() => ask<T>(path), path, on);
}

/**
 * What a question brings, asked anew whenever its answer may have changed.
 *
 * @param about what it asks about: of something else, everything is forgotten
 * @param on when one of them changes, the answer may have changed
 */
export function useAsked<T>(question: () => Promise<T>, about: string, ...on: unknown[]): Answer<T> {
  const [known, setKnown] = useState<Known<T>>({ about, answer: nothing });
  const asking = useRef<Asking | null>(null);
  useEffect(() => {
    const begun = keepAsking<T>(question, (next) =>
      setKnown((before) => ({ about, answer: next(answerTo(about, before)) })),
    );
    asking.current = begun;
    return begun.stop;
  }, [about]);
  useEffect(() => asking.current?.changed(), [about, ...on]);
  return answerTo(about, known);
}

interface Known<T> {
  about: string;
  answer: Answer<T>;
}

const nothing = { value: null, error: null };

/** What was asked of something else is no answer, not even until the next one comes. */
function answerTo<T>(about: string, known: Known<T>): Answer<T> {
  return known.about === about ? known.answer : nothing;
}

interface Asking {
  /** The answer may be another by now: it is asked for, at once or when the rest after the last one is over. */
  changed: () => void;
  stop: () => void;
}

type Tell<T> = (next: (before: Answer<T>) => Answer<T>) => void;

/** What is under way is waited for, however often there is a change meanwhile. */
function keepAsking<T>(question: () => Promise<T>, tell: Tell<T>): Asking {
  let isOver = false;
  let isBusy = false;
  let isStale = false;
  let cancelRest = () => {};
  const askNow = () => {
    isBusy = true;
    isStale = false;
    const told: Tell<T> = (next) => {
      if (isOver) return;
      tell(next);
      cancelRest = after(restMs, () => {
        isBusy = false;
        if (isStale) askNow();
      });
    };
    question().then(
      (value) => told(() => ({ value, error: null })),
      // That the service does not answer is said once, above every view.
      (error: unknown) => told((before) => (error instanceof Refusal ? { ...before, error } : before)),
    );
  };
  return {
    changed: () => {
      if (isBusy) isStale = true;
      else askNow();
    },
    stop: () => {
      isOver = true;
      cancelRest();
    },
  };
}
