/**
 * launchd, by its program launchctl.
 *
 * @see launchctl(1), launchd.plist(5)
 */
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BackgroundError } from './background-error.ts';
import { launchdPlist } from './launchd-plist.ts';
import type { Manager, ManagerPorts } from './manager.ts';
import type { Step } from './steps.ts';

const warden = fileURLToPath(new URL(`./warden-process${extname(import.meta.filename)}`, import.meta.url));

export function launchdManager({ id: { name, scope }, run, home, uid }: ManagerPorts): Manager {
  const isUsers = scope === 'user';
  const domain = isUsers ? `gui/${uid}` : 'system';
  const target = `${domain}/${name}`;
  const library = isUsers ? join(home, 'Library') : '/Library';
  const file = join(library, isUsers ? 'LaunchAgents' : 'LaunchDaemons', `${name}.plist`);
  const errorFile = join(library, 'Logs', `${name}.log`);
  const isLoaded = async () => (await run(['launchctl', 'print', target])).code === 0;
  const unload: Step = { do: 'run', words: ['launchctl', 'bootout', target] };

  return {
    name: 'launchd',
    file,

    async check() {
      if (!(await run(['launchctl', 'version'])).isMissing) return;
      throw new BackgroundError(
        'SERVICE_NO_MANAGER',
        'launchctl: found no such program, expected that of launchd, which a Mac has. What launchd would get is shown by --print.',
      );
    },

    text: async (launch) => launchdPlist(launch, warden, errorFile),

    async activation(isNew) {
      const loaded = await isLoaded();
      if (loaded && !isNew) return [];
      return [
        ...(loaded ? [unload] : []),
        { do: 'run', words: ['launchctl', 'enable', target] },
        { do: 'run', words: ['launchctl', 'bootstrap', domain, file] },
      ];
    },

    async deactivation() {
      return { before: (await isLoaded()) ? [unload] : [], after: [], left: [] };
    },

    async standing() {
      const { code, out } = await run(['launchctl', 'print', target]);
      const fact = (label: string) => new RegExp(`^\\s*${label} = (.*)$`, 'm').exec(out)?.[1];
      const state = code === 0 ? (fact('state') ?? 'loaded') : 'not loaded';
      return {
        state,
        isUp: state === 'running',
        isEnabled: code === 0,
        pid: Number(fact('pid')) || null,
        restarts: null,
        says: null,
        dropIns: [],
      };
    },

    logs: ({ follow, lines }) => ['tail', '-n', lines ?? '100', ...(follow ? ['-F'] : []), errorFile],

    advice: () =>
      isUsers
        ? 'An agent needs its user to be logged in at the screen. A service of the machine does not: sudo nightshift service install --system --as NAME.'
        : 'launchd says more with: sudo launchctl print system.',
  };
}
