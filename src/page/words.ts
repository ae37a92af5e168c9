/**
 * States in a reader's words. The chart's own names stand beside them in the diagram and in the terminal.
 */
const words: Readonly<Record<string, string>> = {
  'held.forTime': 'waits for a time',
  'held.forActor': 'waits for a service',
  backoff: 'tries again',
  refreshing: 'renews a token',
  success: 'went well',
  failure: 'failed',
  cooldown: 'rests',
  'halfOpen.ready': 'may be tried',
  'halfOpen.probing': 'is tried',
  exhausted: 'no quota left',
};

export function stateWords(state: string): string {
  return words[state] ?? state.replace('.', ', ');
}

/** A title as a sentence begins; one that begins with a name stays as that is written. */
export function sentence(title: string): string {
  return /^(the|there|engines) /.test(title) ? `${title.charAt(0).toUpperCase()}${title.slice(1)}` : title;
}

/** What a command is called on its button. */
export const commandNames: Readonly<Record<string, string>> = {
  'engine.trigger': 'Run now',
  'engine.pause': 'Pause',
  'engine.resume': 'Resume',
  'breaker.reset': 'Close breaker',
  'breaker.isolate': 'Isolate',
  'token.provided': 'Try again',
  'quota.reset': 'Reset quota',
  'incident.acknowledge': 'Acknowledge',
  'actor.reset': 'Put back into service',
};

/** What a token is got by. */
export const grantNames: Readonly<Record<string, string>> = {
  refresh_token: 'OAuth, with a refresh token',
  client_credentials: 'OAuth, with client credentials',
  static: 'fixed',
};
