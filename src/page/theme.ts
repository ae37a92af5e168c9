/**
 * Light or dark: as the system has it, unless the reader has chosen.
 */
import { signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const place = 'nightshift-theme';
const order: readonly Theme[] = ['system', 'light', 'dark'];

export const theme = signal<Theme>('system');

export function startTheme(): void {
  const kept = localStorage.getItem(place) as Theme | null;
  choose(kept && order.includes(kept) ? kept : 'system');
}

export function nextTheme(): void {
  choose(order[(order.indexOf(theme.value) + 1) % order.length] ?? 'system');
}

function choose(chosen: Theme) {
  theme.value = chosen;
  document.documentElement.dataset.theme = chosen;
  if (chosen === 'system') localStorage.removeItem(place);
  else localStorage.setItem(place, chosen);
}
