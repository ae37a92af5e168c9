/**
 * The page: what the running service does, in a browser.
 */

import { html } from 'htm/preact';
import { render } from 'preact';
import { listen } from './actors.ts';
import { askWhoIsSignedIn } from './ask.ts';
import { startClock } from './clock.ts';
import { Frame } from './frame.ts';
import { startKeys } from './keys.ts';
import { startTheme } from './theme.ts';

const place = document.getElementById('page');
if (place) {
  startTheme();
  startClock();
  startKeys();
  void askWhoIsSignedIn().then(() => {
    listen();
    place.replaceChildren();
    render(html`<${Frame} />`, place);
  });
}
