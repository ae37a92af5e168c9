/**
 * A real mail server on the loopback interface that keeps what it is sent.
 */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export class MailServer {
  readonly messages: string[] = [];
  /** How many messages it does not take yet, as a server with greylisting. */
  refusals = 0;
  /** Who has logged in, with what. */
  readonly logins: string[] = [];
  readonly #server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _session, known) => {
      this.logins.push(`${username}:${password}`);
      known(null, { user: username });
    },
    onData: (stream, _session, taken) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        this.refusals -= 1;
        if (this.refusals >= 0) return taken(Object.assign(new Error('come back later'), { responseCode: 451 }));
        this.messages.push(Buffer.concat(chunks).toString());
        taken();
      });
    },
  });

  static async open(): Promise<MailServer> {
    const server = new MailServer();
    await new Promise<void>((listening) => server.#server.listen(0, '127.0.0.1', listening));
    return server;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((closed) => this.#server.close(closed));
  }
}
