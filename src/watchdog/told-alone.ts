/**
 * What those who watch over the service tell it in its environment, and nobody else: where they hear it, and how long it may be silent.
 *
 * A program that speaks to systemd by itself would take it for meant for it, and where the unit lets every child speak (`NotifyAccess=all`),
 * could keep a service alive that stands.
 *
 * @see sd_notify(3), `unset_environment`
 */
import { silenceVariable } from './warden.ts';

const variables = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID', silenceVariable];

/**
 * Takes it out of an environment, which jobs and what they start inherit. Call it before a config is loaded.
 *
 * @returns what was taken
 */
export function takeToldAlone(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const taken = Object.fromEntries(Object.entries(environment).filter(([name]) => variables.includes(name)));
  for (const name of variables) Reflect.deleteProperty(environment, name);
  return taken;
}
