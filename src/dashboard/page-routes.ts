/**
 * The page: fixed files of our own, nothing from the network.
 */
import type { Context, Hono } from 'hono';
import { pageFiles } from './page-files.ts';

export function servePage(app: Hono): void {
  let files: ReturnType<typeof pageFiles> | undefined;
  const answer = (context: Context, path: string) => {
    files ??= pageFiles();
    const file = files.get(path);
    if (!file) return context.json({ error: `${context.req.path}: there is nothing here.` }, 404);
    context.header('etag', file.etag);
    // Kept, but asked about each time: another version may run.
    context.header('cache-control', 'no-cache');
    if (context.req.header('if-none-match') === file.etag) return context.body(null, 304);
    return context.body(file.body, 200, { 'content-type': file.type });
  };
  app.get('/', (context) => answer(context, 'index.html'));
  app.get('/favicon.ico', (context) => answer(context, 'icon.svg'));
  app.get('/page/:path{.+}', (context) => answer(context, context.req.param('path')));
}
