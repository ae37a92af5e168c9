/**
 * Keys: `/` to the search, `g` and a letter to a view, `j` and `k` through a list. Enter in the search goes to the first that it has
 * found; Escape clears it, as browsers have it, and leaves it once it is empty.
 */

const views: Readonly<Record<string, string>> = {
  o: '#/',
  i: '#/incidents',
  s: '#/services',
  t: '#/tokens',
  r: '#/trends',
  c: '#/settings',
};

let isGoing = false;

export function startKeys(): void {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (isSearch(event.target)) leaveSearch(event, event.target);
    if (isWriting(event.target)) return;
    const view = isGoing ? views[event.key] : undefined;
    isGoing = event.key === 'g';
    if (view !== undefined) location.hash = view;
    else if (event.key === '/') focusSearch(event);
    else if (event.key === 'j' || event.key === 'k') step(event.key === 'j' ? 1 : -1);
  });
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, dialog') !== null;
}

function isSearch(target: EventTarget | null): target is HTMLInputElement {
  return target instanceof HTMLInputElement && target.type === 'search';
}

function leaveSearch(event: KeyboardEvent, search: HTMLInputElement) {
  if (event.key === 'Escape' && search.value === '') search.blur();
  if (event.key !== 'Enter') return;
  // Else the same key would open what it has only just come to.
  event.preventDefault();
  step(1);
}

function focusSearch(event: KeyboardEvent) {
  const search = document.querySelector<HTMLInputElement>('input[type=search]');
  if (!search) return;
  event.preventDefault();
  search.focus();
}

function step(by: 1 | -1) {
  const links = [...document.querySelectorAll<HTMLElement>('[data-step]')];
  const at = links.indexOf(document.activeElement as HTMLElement);
  links[at < 0 ? 0 : at + by]?.focus();
}
