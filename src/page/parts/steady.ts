/**
 * A place that is as high as what it last showed for as long as it waits for something else: what is below stays where it is.
 */
import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

export interface SteadyProps {
  /** Whether there is nothing to show yet. */
  waits: boolean;
  children?: ComponentChildren;
}

export function Steady({ waits, children }: SteadyProps) {
  const place = useRef<HTMLDivElement>(null);
  const height = useRef(0);
  useLayoutEffect(() => {
    if (!waits && place.current) height.current = place.current.offsetHeight;
  });
  return html`<div ref=${place} aria-busy=${waits ? 'true' : undefined} style=${{ minHeight: waits ? `${height.current}px` : '' }}>${children}</div>`;
}
