/**
 * A list of any length of which only what is in sight is in the document. It scrolls with the page.
 */

import { html } from 'htm/preact';
import type { RefObject, VNode } from 'preact';
import { type Dispatch, type StateUpdater, useEffect, useRef, useState } from 'preact/hooks';

export interface VirtualListProps<Item> {
  items: readonly Item[];
  /** px; the same for the same kind of item. */
  heightOf: (item: Item) => number;
  keyOf: (item: Item) => string;
  show: (item: Item, index: number) => VNode | VNode[];
  label: string;
}

/** px from the top of the list. */
interface Sight {
  from: number;
  to: number;
}

/** px shown above and below what is in sight. */
const margin = 400;

export function VirtualList<Item>({ items, heightOf, keyOf, show, label }: VirtualListProps<Item>) {
  const place = useRef<HTMLDivElement>(null);
  const [sight, setSight] = useState<Sight>({ from: 0, to: 1200 });

  useEffect(() => keepLooking(place, setSight), []);

  let top = 0;
  const shown: VNode[] = [];
  items.forEach((item, index) => {
    const height = heightOf(item);
    if (top + height > sight.from && top < sight.to) {
      const style = { transform: `translateY(${top}px)`, height: `${height}px` };
      shown.push(
        html`<div key=${keyOf(item)} class="virtual-item" role="listitem" aria-posinset=${index + 1} aria-setsize=${items.length} style=${style}>${show(item, index)}</div>` as VNode,
      );
    }
    top += height;
  });
  return html`<div ref=${place} class="virtual" role="list" aria-label=${label} style=${{ height: `${top}px` }}>${shown}</div>`;
}

/** Tells what is in sight, now and whenever that changes. It is no part of the list, whose first items it would keep. @returns what ends it */
function keepLooking(place: RefObject<HTMLDivElement | null>, setSight: Dispatch<StateUpdater<Sight>>): () => void {
  let asked = 0;
  const look = () => {
    asked = 0;
    const top = place.current?.getBoundingClientRect().top ?? 0;
    const from = Math.max(Math.floor((-top - margin) / 200) * 200, 0);
    const to = from + Math.ceil((innerHeight + 2 * margin) / 200) * 200 + 200;
    setSight((before) => (before.from === from && before.to === to ? before : { from, to }));
  };
  const later = () => {
    asked ||= requestAnimationFrame(look);
  };
  look();
  addEventListener('scroll', later, { passive: true });
  addEventListener('resize', later);
  return () => {
    cancelAnimationFrame(asked);
    removeEventListener('scroll', later);
    removeEventListener('resize', later);
  };
}
