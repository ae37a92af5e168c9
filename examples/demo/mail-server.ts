/**
 * A real IMAP server: Debian's dovecot, on a port of its own of 127.0.0.1, with its files in a folder of its own. It is an ordinary
 * process in the foreground, without the rights of root.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const password = 'a-password-for-mail';
/** Whom root lets it run as: dovecot lets nobody in whose mail belongs to root. */
const nobody = { username: 'nobody', group: 'nogroup', uid: 65534, gid: 65534 };
const patienceMs = 10_000;

export class MailServer {
  readonly env: Record<'IMAP_PORT' | 'IMAP_PASSWORD', string>;
  readonly #program: string;
  readonly #folder: string;
  readonly #owner: { uid: number; gid: number } | undefined;
  readonly #port: number;
  #child: ChildProcess | undefined;
  #delivered = 0;

  constructor(program: string, folder: string, port: number, owner: { uid: number; gid: number } | undefined) {
    this.#program = program;
    this.#folder = folder;
    this.#port = port;
    this.#owner = owner;
    this.env = { IMAP_PORT: String(port), IMAP_PASSWORD: password };
  }

  /** @throws for a dovecot of another version than 2.3, and for one that does not start */
  static async open(program: string): Promise<MailServer> {
    const version = execFileSync(program, ['--version'], { encoding: 'utf8' }).trim();
    if (!version.startsWith('2.3.')) throw new Error(`found dovecot ${version}, expected 2.3, as Debian 12 has it`);
    const folder = mkdtempSync(join(tmpdir(), 'nightshift-mail-'));
    const owner = process.getuid?.() === 0 ? { uid: nobody.uid, gid: nobody.gid } : undefined;
    const port = await freePort();
    const server = new MailServer(program, folder, port, owner);
    writeFileSync(join(folder, 'dovecot.conf'), settings(folder, port));
    for (const path of ['', 'mail', 'mail/new', 'mail/cur', 'mail/tmp', 'run', 'state', 'dovecot.conf']) {
      if (path !== '' && path !== 'dovecot.conf') mkdirSync(join(folder, path));
      if (owner) chownSync(join(folder, path), owner.uid, owner.gid);
    }
    try {
      await server.start();
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  /** Resolves when it takes connections. */
  async start(): Promise<void> {
    const child = spawn(this.#program, ['-F', '-c', join(this.#folder, 'dovecot.conf')], {
      stdio: 'ignore',
      detached: true,
      ...this.#owner,
    });
    this.#child = child;
    const until = Date.now() + patienceMs;
    while (!(await answers(this.#port))) {
      if (child.exitCode !== null) throw new Error(`dovecot ended with exit code ${child.exitCode}`);
      if (Date.now() > until) throw new Error(`dovecot takes no connection after ${patienceMs / 1000} s`);
      await wait(50);
    }
  }

  /** Puts a message into the inbox, as a mail server does: written aside, then moved. */
  deliver(subject: string): void {
    this.#delivered += 1;
    const name = `${Date.now()}.${this.#delivered}.demo`;
    const aside = join(this.#folder, 'mail/tmp', name);
    writeFileSync(
      aside,
      `From: customer@shop.example\r\nTo: ada@shop.example\r\nSubject: ${subject}\r\n\r\nHello.\r\n`,
    );
    if (this.#owner) chownSync(aside, this.#owner.uid, this.#owner.gid);
    renameSync(aside, join(this.#folder, 'mail/new', name));
  }

  get delivered(): number {
    return this.#delivered;
  }

  /** Ends it and everything that it started; what was delivered stays. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function settings(folder: string, port: number): string {
  const { username, uid, gid } = process.getuid?.() === 0 ? nobody : userInfo();
  const group = uid === nobody.uid ? nobody.group : execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim();
  return `
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = ${username}
default_internal_group = ${group}
default_login_user = ${username}
first_valid_uid = 1
mail_location = maildir:${folder}/mail
passdb {
  driver = static
  args = password=${password}
}
userdb {
  driver = static
  args = uid=${uid} gid=${gid} home=${folder}/mail
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  chroot =
}
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => {
      socket.destroy();
      answer(true);
    });
    socket.once('error', () => answer(false));
    socket.once('close', () => answer(false));
  });
}
