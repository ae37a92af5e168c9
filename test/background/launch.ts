import { type Launch, searchPathOf } from '../../src/background/launch.ts';

/** With characters that mean something to systemd, XML and shells. */
export const ugly = "/home/ada/Ada's jobs; 100% of $HOME & <more>";

export function launchWith(given: Partial<Launch> = {}): Launch {
  const { profile = 'strict', node = '/opt/node 24/bin/node' } = given;
  return {
    name: 'nightshift',
    scope: 'user',
    profile,
    user: null,
    node,
    flags: ['--disable-warning=ExperimentalWarning'],
    main: `${ugly}/node_modules/nightshift/dist/main.js`,
    config: `${ugly}/nightshift.config.ts`,
    data: `${ugly}/.nightshift`,
    port: undefined,
    searchPath: searchPathOf(profile, node, '/home/ada/bin:/usr/bin'),
    reads: [ugly, `${ugly}/node_modules`, '/opt/node 24'],
    writes: [],
    envFile: undefined,
    credentials: [],
    ...given,
  };
}
