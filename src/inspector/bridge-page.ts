/**
 * The page that is opened in a browser: Stately's inspector in a frame, and a script that hands it what comes from the service.
 *
 * Stately's inspector takes messages from the page around it and has no way to a WebSocket of its own, so there is such a page in
 * Stately's package too. That one hands anything to anybody in the frame; this one hands it to pages of Stately's alone, and asks the
 * service for it when the inspector has said that it is there: each time from the beginning, so there is nothing to keep.
 *
 * @see statelyai/inspect, `src/server.ts` and `src/browser.ts`
 */
import { createHash } from 'node:crypto';
import { html } from '../telemetry/html.ts';

/** Where Stately serves its inspector. */
const inspectorUrl = 'https://stately.ai/inspect';

const style = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 0; height: 100vh; display: flex; flex-direction: column; }
p { margin: 0; padding: 8px 16px; }
p:empty { display: none; }
iframe { flex: 1; border: 0; }
`;

const script = `
const frame = document.querySelector('iframe');
const notice = document.querySelector('p');
let socket;
addEventListener('message', ({ source, origin, data }) => {
  const isStately = /^https:\\/\\/([\\w-]+\\.)*stately\\.ai$/.test(origin);
  if (source !== frame.contentWindow || !isStately || data?.type !== '@statelyai.connected') return;
  if (socket) {
    socket.onclose = null;
    socket.close();
  }
  notice.textContent = '';
  socket = new WebSocket('ws://' + location.host);
  socket.onmessage = (message) => frame.contentWindow.postMessage(JSON.parse(message.data), origin);
  socket.onclose = () => {
    notice.textContent = 'The service has gone, or is not read fast enough. This page begins anew when it answers.';
    beginAnew();
  };
});
function beginAnew() {
  setTimeout(() => fetch('/').then(() => location.reload(), beginAnew), 1000);
}
`;

/** The page, as HTML. */
export function bridgePage(): string {
  const frame = html`<p role="status">Stately's inspector is loaded from ${inspectorUrl}, which needs the network.</p>
<iframe title="Stately's inspector" src="${inspectorUrl}" allow="clipboard-write"></iframe>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>nightshift in Stately's inspector</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
${frame.text}
<script>${script}</script>
</body>
</html>
`;
}

/**
 * What a browser may load for it: its own script and style, by what they are, and frames of Stately's.
 *
 * @param host as the browser calls it, as in `127.0.0.1:4101`: not every browser counts a WebSocket to it as `'self'`
 */
export function bridgePolicy(host: string): string {
  return [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    'img-src data:',
    'frame-src https://stately.ai https://*.stately.ai',
    `connect-src 'self' ws://${host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
