/**
 * What `fetch` throws when something goes wrong on the way, exactly as Node's own does.
 *
 * @see undici, lib/web/fetch/index.js and lib/core/errors.js
 */

/** The connection was cut off before the answer. */
export function connectionReset(): TypeError {
  return fetchFailed(systemError('read', 'ECONNRESET', -104));
}

/** The name did not resolve. */
export function nameNotFound(hostname: string): TypeError {
  const cause = Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), {
    errno: -3008,
    code: 'ENOTFOUND',
    syscall: 'getaddrinfo',
    hostname,
  });
  return fetchFailed(cause);
}

/** There is no network. */
export function networkUnreachable(): TypeError {
  return fetchFailed(systemError('connect', 'ENETUNREACH', -101));
}

/** The certificate is out of date. */
export function certificateExpired(): TypeError {
  return fetchFailed(Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' }));
}

/** The other side hung up amidst the body. */
export function bodyBrokeOff(): TypeError {
  const cause = Object.assign(new Error('other side closed'), { name: 'SocketError', code: 'UND_ERR_SOCKET' });
  return new TypeError('terminated', { cause });
}

function fetchFailed(cause: Error): TypeError {
  return new TypeError('fetch failed', { cause });
}

function systemError(syscall: string, code: string, errno: number): Error {
  return Object.assign(new Error(`${syscall} ${code}`), { errno, code, syscall });
}
