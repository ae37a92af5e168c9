/**
 * Mailbox: makes a ticket of each new message and marks it as seen, over IMAP.
 *
 * Shows a client that is not HTTP behind a breaker (`service(…).call`), and exactly one ticket for each message: the steps
 * are named after its UID, and so is the key that the ticket system gets, which outlives the run.
 */
import { ImapFlow } from 'imapflow';
import { engine, type RunScope } from 'nightshift';
import { z } from 'zod';
import { scaled } from '../hostile-world/scale.ts';
import { ask } from './ask.ts';
import { json, read } from './reading.ts';
import { timing } from './timing.ts';

const ticketed = z.object({ ticket: z.string() });

interface Message {
  /** Unique for ever: the UID together with the mailbox's own number. */
  id: string;
  uid: number;
  subject: string;
}

export const mailbox = engine('mailbox', {
  ...timing,
  every: scaled('15m'),
  output: z.object({ tickets: z.array(z.string()) }),

  async run({ step, service, log }) {
    const messages = await step('look', () => withInbox(service, unseen));
    const tickets: string[] = [];
    for (const { id, uid, subject } of messages) {
      const kind = await step(`sort ${uid}`, () => ask(service('llm'), `What kind of message is '${subject}'?`));
      const ticket = await step(`ticket ${uid}`, async () => {
        const request = json('POST', { ref: id, subject, kind });
        const headers = { ...request.headers, 'Idempotency-Key': id };
        return (await read(await service('crm').fetch('/tickets', { ...request, headers }), ticketed)).ticket;
      });
      await step(`seen ${uid}`, () =>
        withInbox(service, async (client) => {
          await client.messageFlagsAdd(`${uid}`, ['\\Seen'], { uid: true });
          return null;
        }),
      );
      tickets.push(ticket);
    }
    if (tickets.length > 0) {
      await step(
        'tell',
        async () => {
          const text = `${tickets.length} new tickets`;
          await service('chat').fetch('/messages', json('POST', { ref: tickets.join(), text }));
        },
        { whenDown: 'skip' },
      );
    }
    log.info({ tickets: tickets.length }, 'mailbox.watched');
    return { tickets };
  },
});

async function unseen(client: ImapFlow): Promise<Message[]> {
  const validity = client.mailbox ? client.mailbox.uidValidity : 0;
  const messages: Message[] = [];
  for await (const { uid, envelope } of client.fetch({ seen: false }, { uid: true, envelope: true })) {
    messages.push({ id: `mail-${validity}-${uid}`, uid, subject: envelope?.subject ?? '' });
  }
  return messages;
}

/** A connection of its own for each call: one that is kept would have to be looked after between runs. */
function withInbox<Result>(service: RunScope['service'], work: (client: ImapFlow) => Promise<Result>): Promise<Result> {
  return service('mailbox').call(async ({ signal }) => {
    const client = new ImapFlow({
      host: '127.0.0.1',
      port: Number(process.env.IMAP_PORT),
      secure: false,
      auth: { user: 'ada', pass: process.env.IMAP_PASSWORD ?? '' },
      logger: false,
    });
    // It tells its errors twice; without a listener, the second one would end the process.
    client.on('error', () => {});
    signal.addEventListener('abort', () => client.close(), { once: true });
    await client.connect();
    const lock = await client.getMailboxLock('INBOX');
    try {
      return await work(client);
    } finally {
      lock.release();
      await client.logout().catch(() => client.close());
    }
  });
}
