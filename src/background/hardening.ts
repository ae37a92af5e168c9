/**
 * What a unit of systemd may do: two profiles, `strict` for jobs that call services and keep their files in the data folder, and `home` for those
 * that need the home folder, a browser or an interpreter of their own.
 *
 * A line that asks for less than the strictest says in the unit what it is for, so that whoever reads one need not guess.
 *
 * @see systemd.exec(5), "Sandboxing"; systemd-analyze(1), "security"
 */
import type { Profile, Scope } from './launch.ts';

/** Lines of a unit's `[Service]` section, and why they are no stricter. */
export interface Allowance {
  lines: readonly string[];
  why?: string;
}

/** What both profiles keep from every job. */
const never: readonly string[] = [
  'NoNewPrivileges=yes',
  'CapabilityBoundingSet=',
  'AmbientCapabilities=',
  'KeyringMode=private',
  'LockPersonality=yes',
  'PrivateDevices=yes',
  'PrivateMounts=yes',
  'PrivateTmp=yes',
  'PrivateUsers=yes',
  'ProtectClock=yes',
  'ProtectControlGroups=yes',
  'ProtectHostname=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'SystemCallArchitectures=native',
  'SystemCallErrorNumber=EPERM',
];

/** What both profiles leave open. */
const always: readonly Allowance[] = [
  {
    lines: ['MemoryDenyWriteExecute=no'],
    why: 'Node writes machine code while it runs.',
  },
  {
    lines: ['ProcSubset=all'],
    why: 'Which process is whose child, and since which start of the machine, stands in /proc: orphans are known by it.',
  },
  {
    lines: ['PrivateNetwork=no'],
    why: 'Jobs call services wherever those are, so addresses are not limited either (IPAddressDeny=).',
  },
  {
    lines: ['RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK'],
    why: "The network; whether there is one (AF_NETLINK); and systemd's own socket, through which it hears that all is well.",
  },
];

const profiles: Record<Profile, readonly Allowance[]> = {
  strict: [
    { lines: ['ProtectSystem=strict', 'ProtectProc=invisible', 'RestrictNamespaces=yes', 'UMask=0077', 'LimitCORE=0'] },
    {
      lines: ['ProtectHome=tmpfs', 'TemporaryFileSystem=/home:ro /root:ro /run/user:ro'],
      why: 'Home folders are empty, and read-only: what a job would write there fails, instead of being lost at the next start.',
    },
    { lines: ['SystemCallFilter=@system-service', 'SystemCallFilter=~@privileged @resources'] },
  ],
  home: [
    {
      lines: ['ProtectHome=no'],
      why: 'Jobs read and write the home folder, and use the interpreters, browsers and settings in it.',
    },
    {
      lines: ['ProtectSystem=full'],
      why: 'Jobs write wherever their user may, as on other disks. /usr, /boot and /etc stay read-only.',
    },
    {
      lines: ['ProtectProc=default'],
      why: 'Scripts look for other programs, as pgrep does.',
    },
    {
      lines: ['RestrictNamespaces=user pid net'],
      why: 'A browser puts each page into namespaces of its own: that is its sandbox. The others stay closed.',
    },
    {
      lines: ['SystemCallFilter=@system-service chroot'],
      why: 'A browser changes the root of its sandbox (chroot), and interpreters set priorities and limits of what they start. The privileged calls that this leaves open, as chown, do nothing without a capability that their user does not have.',
    },
    {
      lines: ['UMask=0022'],
      why: 'What jobs put elsewhere is for others to read, as a web page is. The data folder itself stays closed to them.',
    },
    { lines: ['LimitCORE=0'] },
  ],
};

/** What a manager of one's own cannot do, or what only the machine's can. */
const ofMachine: readonly string[] = ['DevicePolicy=closed'];

export function hardening(profile: Profile, scope: Scope): readonly Allowance[] {
  return [{ lines: [...never, ...(scope === 'system' ? ofMachine : [])] }, ...always, ...profiles[profile]];
}
