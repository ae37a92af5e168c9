/**
 * The portal: a web site for people. Whoever wants to see its catalogue fills in a form first, and has a cookie from then on.
 */
import { hash } from 'node:crypto';

export const portalLogin = { name: 'ada', password: 'a-password-for-people' };
/** How many pages the catalogue has. */
export const pagesOfCatalogue = 10;

export interface Page {
  status: number;
  headers: Record<string, string>;
  html: string;
}

export class Portal {
  readonly #sessions = new Set<string>();
  /** How often somebody has filled in the form. */
  logins = 0;

  /** @param path with its query, below the portal's own */
  answer(method: string, path: string, cookie: string, form: URLSearchParams): Page {
    const url = new URL(path, 'http://portal.example');
    if (url.pathname === '/login') return method === 'POST' ? this.#enter(form) : page(200, 'Log in', loginForm);
    if (url.pathname !== '/catalogue') return page(404, 'Not here', '<p>There is no such page.</p>');
    const session = /(?:^|; )session=([^;]+)/.exec(cookie)?.[1];
    if (session === undefined || !this.#sessions.has(session)) return moved('login');
    return this.#catalogue(Number(url.searchParams.get('page') ?? '1'));
  }

  #enter(form: URLSearchParams): Page {
    if (form.get('name') !== portalLogin.name || form.get('password') !== portalLogin.password) {
      return page(403, 'Log in', `<p>That is not right.</p>${loginForm}`);
    }
    this.logins += 1;
    const session = hash('sha256', `session ${this.logins}`).slice(0, 32);
    this.#sessions.add(session);
    const { headers, ...rest } = moved('catalogue?page=1');
    return { ...rest, headers: { ...headers, 'set-cookie': `session=${session}; Path=/; HttpOnly; Max-Age=86400` } };
  }

  #catalogue(number: number): Page {
    if (!(number >= 1 && number <= pagesOfCatalogue)) return page(404, 'Not here', '<p>There is no such page.</p>');
    const items = Array.from({ length: 5 }, (_, index) => `<li class="item">item ${number}-${index + 1}</li>`);
    return page(200, `Catalogue, page ${number}`, `<ul>${items.join('')}</ul>`);
  }
}

const loginForm = `<form method="post" action="login">
  <input name="name"><input name="password" type="password"><button type="submit">Log in</button>
</form>`;

function page(status: number, title: string, body: string): Page {
  const html = `<!doctype html><html lang="en"><title>${title}</title><link rel="icon" href="data:,"><h1>${title}</h1>${body}</html>`;
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, html };
}

function moved(location: string): Page {
  return { status: 303, headers: { location }, html: '' };
}
