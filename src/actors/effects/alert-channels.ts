/**
 * Channels: how an alert gets to a person.
 */
import type { ChannelConfig, MailConfig, WebhookConfig } from '../../config/config.ts';
import type { CallScope } from '../../config/run-scope.ts';
import type { Alert, ReportNotice } from '../../policies/alert-text.ts';
import { classifyResponse } from '../../policies/classify.ts';
import { ClassifiedError } from '../../policies/failure.ts';

const mailTimeoutMs = 15_000;
/** Of what a program says when it fails, so many characters are kept: the last ones. */
const saidMax = 500;

/** An alert, or what is sent of a report, with its words. */
export type Message = (Alert | ReportNotice) & { title: string; text: string };

/** Resolves once the channel has taken the message. @param at the present instant, epoch ms @throws what it was not taken for */
export async function deliver(channel: ChannelConfig, message: Message, call: CallScope, at: number): Promise<void> {
  switch (channel.kind) {
    case 'webhook':
      return post(channel, message, call, at);
    case 'mail':
      return mail(channel, message, call);
    case 'command':
      return tell(channel.run, message, call);
    case 'desktop':
      return tell(desktopCommand(message), message, call);
    default:
      return channel satisfies never;
  }
}

async function post(
  { url, shape }: WebhookConfig,
  message: Message,
  { signal, idempotencyKey }: CallScope,
  at: number,
): Promise<void> {
  const { headers, body } = shaped(shape, message);
  const response = await fetch(url.reveal(), {
    method: 'POST',
    headers: { ...headers, 'Idempotency-Key': idempotencyKey },
    body,
    signal,
    redirect: 'error',
  });
  const text = await response.text();
  if (response.ok) return;
  const { status, headers: answered } = response;
  throw new ClassifiedError(classifyResponse({ status, headers: answered, body: text }, at));
}

/**
 * @see Slack, "Sending messages using incoming webhooks"; Discord, "Execute Webhook"; ntfy, "Publishing"
 */
function shaped(shape: WebhookConfig['shape'], message: Message): { headers: Record<string, string>; body: string } {
  const { title, text } = message;
  const json = { 'content-type': 'application/json' };
  switch (shape) {
    case 'slack':
      return { headers: json, body: JSON.stringify({ text: slackText(`*${title}*\n${text}`) }) };
    case 'discord': {
      const content = `**${title}**\n${text}`.slice(0, 2_000);
      // What an error says must not call everybody on the server.
      return { headers: json, body: JSON.stringify({ content, allowed_mentions: { parse: [] } }) };
    }
    case 'ntfy': {
      const urgent = 'trouble' in message && message.trouble.severity === 'now' && message.kind !== 'resolved';
      const headers = { title: asciiOf(title), priority: urgent ? 'high' : 'default', 'content-type': 'text/plain' };
      return { headers, body: text };
    }
    case 'json':
      return { headers: json, body: JSON.stringify(flat(message)) };
    default:
      return shape satisfies never;
  }
}

/** The trouble's own words stand beside the others. */
function flat(message: Message): object {
  if (!('trouble' in message)) return message;
  const { trouble, title, text, ...rest } = message;
  return { ...rest, ...trouble, title, text };
}

/** Without what Slack would read as a link, or as a call to everybody in the channel. */
function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** What a header can hold. */
function asciiOf(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}

async function mail(
  config: MailConfig,
  { title, text }: Message,
  { signal, idempotencyKey }: CallScope,
): Promise<void> {
  const { host, port, secure, user, password, from, to } = config;
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    host,
    port,
    secure,
    // Left to itself, it would wait for minutes, and send in the end what has long been sent again.
    connectionTimeout: mailTimeoutMs,
    greetingTimeout: mailTimeoutMs,
    socketTimeout: mailTimeoutMs,
    dnsTimeout: mailTimeoutMs,
    ...(user !== undefined && { auth: { user, pass: password?.reveal() ?? '' } }),
  });
  const close = () => transport.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    // The same message has the same id: a server or a reader may tell a second one by it.
    await transport.sendMail({ from, to, subject: title, text, messageId: `<${idempotencyKey}@nightshift>` });
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}

/**
 * The message on the program's stdin, and as JSON in its environment: that of the service, without the key of the vault.
 */
async function tell(
  [program = '', ...args]: readonly string[],
  message: Message,
  { signal }: CallScope,
): Promise<void> {
  const { title, text } = message;
  const { execa } = await import('execa');
  const { NIGHTSHIFT_KEY: _, ...env } = process.env;
  const running = execa(program, args, {
    input: `${title}\n\n${text}\n`,
    env: { ...env, NIGHTSHIFT_ALERT: JSON.stringify(message) },
    extendEnv: false,
    cancelSignal: signal,
    forceKillAfterDelay: 1_000,
    stdout: 'ignore',
    stderr: 'pipe',
    buffer: false,
    reject: false,
  });
  // However much it has to say, it may say it; what counts is how it ends.
  let said = '';
  running.stderr.setEncoding('utf8').on('data', (more: string) => {
    said = (said + more).slice(-saidMax);
  });
  const ended = await running;
  if (!ended.failed) return;
  throw new Error(`${ended.shortMessage}${said && `: ${said.trim()}`}`, { cause: ended });
}

function desktopCommand({ title, text }: Message): readonly string[] {
  if (process.platform !== 'darwin') return ['notify-send', '--app-name=nightshift', title, text];
  const script = `display notification ${JSON.stringify(text)} with title ${JSON.stringify(title)}`;
  return ['osascript', '-e', script];
}
