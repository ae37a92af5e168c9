/**
 * Keys: `/` to the search, `g` and a letter to a view, `j` and `k` through a list.
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
    if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
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
