/**
 * What a line of the shell does that comes out otherwise when nightshift runs it, as far as the line itself shows it.
 *
 * - What goes on after its job has ended is ended with it: cron leaves it alone.
 * - What gets its rights from its program's file (setuid) gets none in the units that `service install` writes.
 */
import { layers, programName } from './program-words.ts';
import { shellTokens, simpleCommands } from './shell-words.ts';

/** A sentence each. */
export function remarksOnLine(line: string): string[] {
  const commands = simpleCommands(line).flatMap(layers);
  const starter = hasBackground(line) ? '&' : commands.find(goesOn)?.[0];
  const raised = commands.find(([word = '']) => raising.has(programName(word)))?.[0];
  return [
    ...(starter === undefined ? [] : [background(starter)]),
    ...(raised === undefined ? [] : [privileges(programName(raised))]),
  ];
}

/** Whether the shell goes on beside a command, and does not wait for it in the end. */
function hasBackground(line: string): boolean {
  const tokens = shellTokens(line);
  const signs = tokens.map((token) => ('operator' in token ? token.operator : undefined));
  // Behind a bar it is a part of the pipe's sign.
  const last = signs.findLastIndex((sign, n) => sign === '&' && signs[n - 1] !== '|');
  return last >= 0 && !tokens.slice(last).some((token) => 'word' in token && token.word === 'wait');
}

/** Whether programs leave something behind by themselves, told this. */
const starters: Readonly<Record<string, (args: readonly string[]) => boolean>> = {
  setsid: (args) => !args.some((arg) => /^(?:-w|--wait)$/.test(arg)),
  daemon: () => true,
  daemonize: () => true,
  'start-stop-daemon': (args) => args.some((arg) => /^(?:-b|--background)$/.test(arg)),
  screen: (args) => args.some((arg) => /^-d?m?[dD]/.test(arg)),
  tmux: ([order = '']) => /^new/.test(order),
};

function goesOn([program = '', ...args]: readonly string[]): boolean {
  const name = programName(program);
  return Object.hasOwn(starters, name) && starters[name]?.(args) === true;
}

/** They run as the owner or the group of their file, whoever starts them, or start one that does. */
const raising: ReadonlySet<string> = new Set([
  ...['sudo', 'su', 'doas', 'pkexec', 'runuser', 'mount', 'umount', 'fusermount', 'fusermount3'],
  ...['crontab', 'at', 'batch', 'mail', 'mailx', 'sendmail'],
]);

function background(starter: string): string {
  return `${starter} leaves something running when the line has ended: here it is ended with its job. A wait behind it has the job wait for it; what is to run for ever belongs into systemd.`;
}

function privileges(program: string): string {
  return `${program} needs rights that a program's file gives (setuid), and a unit of nightshift service install refuses (NoNewPrivileges=): there it may fail.`;
}
