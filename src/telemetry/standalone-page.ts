/**
 * A page in one file: nothing is loaded from elsewhere, nothing runs.
 */
import { createHash } from 'node:crypto';
import { type Html, html } from './html.ts';
import { pageStyle } from './page-style.ts';

export interface StandalonePage {
  title: string;
  /** What it has beside the style of every such page. */
  style: string;
  body: Html;
}

export function standalonePage({ title, style: own, body }: StandalonePage): string {
  const style = pageStyle + own;
  // The style alone is let in, by what it is.
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'`;
  const head = html`<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<link rel="icon" href="data:,">
`;
  return `<!doctype html>\n<html lang="en">\n${head.text}<style>${style}</style>\n</head>\n<body>\n${body.text}\n</body>\n</html>\n`;
}
