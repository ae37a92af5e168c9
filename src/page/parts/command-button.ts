/**
 * A button that gives a command.
 */

import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { give } from '../ask.ts';
import { commandNames } from '../words.ts';
import { Icon, type IconName } from './icon.ts';

const icons: Readonly<Record<string, IconName>> = {
  'engine.trigger': 'run',
  'engine.resume': 'run',
  'engine.pause': 'pause',
  'incident.acknowledge': 'check',
};

export interface CommandButtonProps {
  address: string;
  type: string;
  /** What is said once it is taken. */
  done: string;
  primary?: boolean;
  disabled?: boolean;
}

export function CommandButton({ address, type, done, primary, disabled }: CommandButtonProps) {
  const [isBusy, setBusy] = useState(false);
  const press = async () => {
    setBusy(true);
    await give(address, type, done);
    setBusy(false);
  };
  const icon = icons[type];
  return html`<button type="button" class=${primary ? 'primary' : ''} disabled=${disabled || isBusy} onClick=${press} data-command=${type}>
    ${icon && html`<${Icon} name=${icon} />`}${commandNames[type] ?? type}
  </button>`;
}
