/**
 * How diagrams write what a transition waits for: in the words of the chart, spaced for people.
 */
import type { ChartTransition, Trigger } from './chart.ts';

/** `call.failed`, `until probe`, `run done`, or nothing for one that is taken at once. */
export function triggerText(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'event':
      return trigger.event;
    case 'after':
      return Number.isNaN(Number(trigger.delay)) ? `after ${spaced(trigger.delay)}` : `after ${trigger.delay} ms`;
    case 'done':
    case 'error':
      return `${trigger.effect} ${trigger.kind === 'done' ? 'ends well' : 'fails'}`;
    case 'always':
      return '';
    default:
      return trigger satisfies never;
  }
}

/** As in `call.failed [is last straw]`. */
export function transitionText({ trigger, guard }: Pick<ChartTransition, 'trigger' | 'guard'>): string {
  const text = [triggerText(trigger), guard && `[${spaced(guard)}]`].filter(Boolean).join(' ');
  return text || 'at once';
}

/** `untilProbe` → `until probe`. */
export function spaced(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').toLowerCase();
}
