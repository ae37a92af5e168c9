/**
 * Whether something has come into sight, or near it: what costs much is made then.
 */
import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';

const marginPx = 200;

export function useSeen(place: RefObject<Element | null>): boolean {
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    if (!place.current) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        setSeen(true);
        observer.disconnect();
      },
      { rootMargin: `${marginPx}px` },
    );
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  return isSeen;
}
