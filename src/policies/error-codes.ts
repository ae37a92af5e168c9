/**
 * What the codes of errors mean: one row for each code that Node, its libraries and the operating system are known
 * to give. A code that has no row and no prefix below is a bug of the job.
 *
 * How the rows were decided:
 * - The wire, the resolver and the peer are the service's trouble: recoverable, and its breaker counts them.
 * - So is a certificate, even one that no retry will make valid. It is the service's own and not the engine's; it
 *   is renewed, or the router that put its own in place goes away, without anybody touching the engine.
 * - What no job on this machine can do without is shared: the network, room on a disk, file handles.
 * - Missing permissions and missing memory stay until a person acts, and are fatal to the engine that ran into them.
 * - A wrong argument, path or state is a bug.
 */
import type { FailureClass } from './failure.ts';

type Rows = Readonly<Record<string, FailureClass>>;

const all = (failureClass: FailureClass, codes: string): Rows =>
  Object.fromEntries(
    codes
      .trim()
      .split(/\s+/)
      .map((code) => [code, failureClass]),
  );

/** The operating system, through libuv. @see Linux man-pages, errno(3); libuv, "Error handling" */
export const systemCodes: Rows = {
  // Connections.
  ...all('recoverable', 'ECONNRESET ECONNREFUSED ECONNABORTED EPIPE ETIMEDOUT ETIME EHOSTUNREACH EHOSTDOWN ENETRESET'),
  ...all('recoverable', 'ENOTCONN ESHUTDOWN EPROTO EREMOTEIO ENOLINK EADDRINUSE EADDRNOTAVAIL'),
  // Busy for now.
  ...all(
    'recoverable',
    'EAGAIN EWOULDBLOCK EBUSY EINTR EALREADY EINPROGRESS ENOBUFS ECANCELED ETXTBSY ENOLCK EDEADLK ESTALE',
  ),
  // The network is gone, a disk is full or cannot be written, the handles are used up.
  ...all('shared', 'ENETUNREACH ENETDOWN ENONET ENOSPC EDQUOT EROFS EIO EMFILE ENFILE'),
  ...all('fatal', 'EACCES EPERM ENOMEM'),
  // Wrong paths and kinds of file.
  ...all(
    'bug',
    'ENOENT EEXIST ENOTDIR EISDIR ENOTEMPTY ENAMETOOLONG ELOOP EXDEV EMLINK EFBIG ENXIO ENODEV ENOEXEC EFTYPE',
  ),
  // Wrong calls.
  ...all('bug', 'EINVAL EBADF EFAULT E2BIG ENOSYS ENOTSUP EOPNOTSUPP ENOTTY ESPIPE ESRCH ECHILD EDOM ERANGE EOVERFLOW'),
  ...all('bug', 'EILSEQ ECHARSET EBADMSG EIDRM EMULTIHOP ENOMSG ENOSR ENOSTR EUNATCH UNKNOWN'),
  ...all(
    'bug',
    'EAFNOSUPPORT EDESTADDRREQ EISCONN EMSGSIZE ENOPROTOOPT ENOTSOCK EPROTONOSUPPORT EPROTOTYPE ESOCKTNOSUPPORT',
  ),
};

/**
 * The resolver: `getaddrinfo` and c-ares. Names vanish and come back, so even "not found" is recoverable.
 *
 * @see getaddrinfo(3)
 */
export const dnsCodes: Rows = {
  ...all('recoverable', 'ENOTFOUND ENODATA ESERVFAIL EREFUSED ETIMEOUT EFORMERR EBADRESP ENOTIMP EOF ECANCELLED'),
  ...all('recoverable', 'EAI_FAIL EAI_NODATA EAI_NONAME EAI_CANCELED'),
  // No resolver answered at all: what a machine gets that has lost its network.
  ...all('shared', 'EAI_AGAIN'),
  ...all('recoverable', 'EDESTRUCTION EFILE EADDRGETNETWORKPARAMS ELOADIPHLPAPI ENOTINITIALIZED'),
  ...all('fatal', 'EAI_MEMORY'),
  ...all('bug', 'EBADQUERY EBADNAME EBADFAMILY EBADSTR EBADFLAGS ENONAME EBADHINTS'),
  ...all(
    'bug',
    'EAI_ADDRFAMILY EAI_BADFLAGS EAI_BADHINTS EAI_FAMILY EAI_OVERFLOW EAI_PROTOCOL EAI_SERVICE EAI_SOCKTYPE',
  ),
};

/** undici, which is Node's `fetch`. @see undici, lib/core/errors.js */
export const undiciCodes: Rows = {
  ...all(
    'recoverable',
    'UND_ERR_CONNECT_TIMEOUT UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT UND_ERR_SOCKET UND_ERR_INFO',
  ),
  ...all('recoverable', 'UND_ERR_ABORT UND_ERR_ABORTED UND_ERR_CLOSED UND_ERR_DESTROYED'),
  // The answer broke off or was garbled.
  ...all('recoverable', 'UND_ERR_HTTP_PARSER UND_ERR_RES_CONTENT_LENGTH_MISMATCH UND_ERR_REQ_RETRY UND_ERR_RESPONSE'),
  ...all(
    'recoverable',
    'UND_ERR_PRX_CONN UND_ERR_PRX_TLS UND_ERR_SOCKS5 UND_ERR_SOCKS5_REPLY_VERSION UND_ERR_SOCKS5_ADDR_TYPE',
  ),
  // The settings of a proxy are wrong.
  ...all('fatal', 'UND_ERR_SOCKS5_AUTH_REJECTED UND_ERR_SOCKS5_AUTH_FAILED UND_ERR_SOCKS5_AUTH_METHOD'),
  ...all('fatal', 'UND_ERR_SOCKS5_AUTH_VERSION UND_ERR_SOCKS5_VERSION'),
  ...all(
    'bug',
    'UND_ERR UND_ERR_INVALID_ARG UND_ERR_INVALID_RETURN_VALUE UND_ERR_NOT_SUPPORTED UND_ERR_BPL_MISSING_UPSTREAM',
  ),
  ...all('bug', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH UND_ERR_HEADERS_OVERFLOW UND_ERR_RES_EXCEEDED_MAX_SIZE'),
  ...all('bug', 'UND_ERR_WS_MESSAGE_SIZE_EXCEEDED UND_ERR_MAX_ORIGINS_REACHED'),
};

/** Certificates and handshakes. @see Node.js, "TLS", X509 certificate error codes */
export const tlsCodes: Rows = {
  // Out of date; or the clock of this machine is.
  ...all('recoverable', 'CERT_HAS_EXPIRED CERT_NOT_YET_VALID CRL_HAS_EXPIRED CRL_NOT_YET_VALID CERT_REVOKED'),
  // Another machine answers, or the service has mislaid a part of its chain.
  ...all('recoverable', 'ERR_TLS_CERT_ALTNAME_INVALID ERR_TLS_CERT_ALTNAME_FORMAT HOSTNAME_MISMATCH'),
  ...all('recoverable', 'DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
  ...all('recoverable', 'UNABLE_TO_GET_ISSUER_CERT UNABLE_TO_GET_ISSUER_CERT_LOCALLY UNABLE_TO_GET_CRL CERT_UNTRUSTED'),
  ...all('recoverable', 'CERT_REJECTED INVALID_CA INVALID_PURPOSE PATH_LENGTH_EXCEEDED CERT_CHAIN_TOO_LONG'),
  ...all('recoverable', 'CERT_SIGNATURE_FAILURE CRL_SIGNATURE_FAILURE UNABLE_TO_DECRYPT_CERT_SIGNATURE'),
  ...all('recoverable', 'UNABLE_TO_DECRYPT_CRL_SIGNATURE UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY'),
  ...all('recoverable', 'ERROR_IN_CERT_NOT_BEFORE_FIELD ERROR_IN_CERT_NOT_AFTER_FIELD'),
  ...all('recoverable', 'ERROR_IN_CRL_LAST_UPDATE_FIELD ERROR_IN_CRL_NEXT_UPDATE_FIELD'),
  ...all('recoverable', 'ERR_TLS_HANDSHAKE_TIMEOUT ERR_TLS_SESSION_ATTACK ERR_TLS_DH_PARAM_SIZE'),
  ...all('fatal', 'OUT_OF_MEM'),
};

/** Node itself, and the libraries that most calls go through (axios, got, oauth4webapi). @see Node.js, "Errors" */
export const nodeCodes: Rows = {
  ...all('recoverable', 'ABORT_ERR ERR_CANCELED ERR_NETWORK ERR_BAD_RESPONSE ERR_BODY_PARSE_FAILURE ERR_PROXY_TUNNEL'),
  ...all('recoverable', 'ERR_SOCKET_CLOSED ERR_SOCKET_CLOSED_BEFORE_CONNECTION ERR_SOCKET_CONNECTION_TIMEOUT'),
  ...all(
    'recoverable',
    'ERR_STREAM_PREMATURE_CLOSE ERR_STREAM_DESTROYED ERR_STREAM_UNABLE_TO_PIPE ERR_HTTP_REQUEST_TIMEOUT',
  ),
  ...all('recoverable', 'ERR_HTTP2_ERROR ERR_HTTP2_SESSION_ERROR ERR_HTTP2_STREAM_ERROR ERR_HTTP2_GOAWAY_SESSION'),
  ...all(
    'recoverable',
    'ERR_HTTP2_STREAM_CANCEL ERR_HTTP2_INVALID_SESSION ERR_HTTP2_INVALID_STREAM ERR_HTTP2_PING_CANCEL',
  ),
  ...all('recoverable', 'ERR_HTTP2_SOCKET_UNBOUND ERR_HTTP2_MAX_PENDING_SETTINGS_ACK'),
  ...all('recoverable', 'ERR_IPC_CHANNEL_CLOSED ERR_CLOSED_MESSAGE_PORT ERR_WORKER_NOT_RUNNING ERR_WORKER_INIT_FAILED'),
  ...all(
    'recoverable',
    'OAUTH_RESPONSE_IS_NOT_JSON OAUTH_RESPONSE_IS_NOT_CONFORM OAUTH_PARSE_ERROR OAUTH_INVALID_RESPONSE',
  ),
  // Out of memory.
  ...all('fatal', 'ERR_WORKER_OUT_OF_MEMORY ERR_MEMORY_ALLOCATION_FAILED'),
  // Settings and permissions.
  ...all('fatal', 'ERR_ACCESS_DENIED ERR_PROXY_INVALID_CONFIG OAUTH_HTTP_REQUEST_FORBIDDEN'),
  ...all('fatal', 'OAUTH_REQUEST_PROTOCOL_FORBIDDEN OAUTH_INVALID_SERVER_METADATA OAUTH_MISSING_SERVER_METADATA'),
  // The bugs that are met most; any other ERR_ is one as well.
  ...all('bug', 'ERR_INVALID_URL ERR_INVALID_ARG_TYPE ERR_INVALID_ARG_VALUE ERR_OUT_OF_RANGE ERR_ASSERTION'),
  ...all('bug', 'ERR_STREAM_WRITE_AFTER_END ERR_CHILD_PROCESS_STDIO_MAXBUFFER MODULE_NOT_FOUND ERR_MODULE_NOT_FOUND'),
  ...all('bug', 'ERR_TOO_MANY_REDIRECTS ERR_FR_TOO_MANY_REDIRECTS'),
};

/** Nodemailer, which says what befell a connection in words of its own, and keeps no cause. @see nodemailer, lib/errors.js */
export const mailCodes: Rows = {
  ...all('recoverable', 'ECONNECTION ESOCKET EDNS ETLS EPROTOCOL EPROXY ESTREAM'),
};

/** SQLite's primary result codes, by name; an extended one (`SQLITE_IOERR_READ`) counts as its primary one. */
export const sqliteCodes: Rows = {
  ...all('recoverable', 'SQLITE_BUSY SQLITE_LOCKED SQLITE_PROTOCOL SQLITE_INTERRUPT'),
  // Full, read-only, broken or unreachable: the disk under it.
  ...all('shared', 'SQLITE_FULL SQLITE_READONLY SQLITE_IOERR SQLITE_CANTOPEN'),
  ...all('fatal', 'SQLITE_NOMEM SQLITE_CORRUPT SQLITE_NOTADB SQLITE_PERM SQLITE_AUTH'),
  ...all('bug', 'SQLITE_ERROR SQLITE_INTERNAL SQLITE_ABORT SQLITE_NOTFOUND SQLITE_EMPTY SQLITE_SCHEMA SQLITE_TOOBIG'),
  ...all('bug', 'SQLITE_CONSTRAINT SQLITE_MISMATCH SQLITE_MISUSE SQLITE_NOLFS SQLITE_FORMAT SQLITE_RANGE'),
};

/** The primary codes in the order of their numbers, as `node:sqlite` gives them in `errcode`. @see SQLite, "Result Codes" */
export const sqliteNumbers: readonly string[] =
  `OK ERROR INTERNAL PERM ABORT BUSY LOCKED NOMEM READONLY INTERRUPT IOERR CORRUPT NOTFOUND FULL CANTOPEN PROTOCOL EMPTY
   SCHEMA TOOBIG CONSTRAINT MISMATCH MISUSE NOLFS AUTH FORMAT RANGE NOTADB`
    .split(/\s+/)
    .map((name) => `SQLITE_${name}`);

/**
 * OAuth's errors. A grant that was taken back is everybody's trouble, and heals when somebody gives a new one; a
 * client that is not known, or asks for what it may not have, is a wrong setting.
 *
 * @see RFC 6749, section 5.2; RFC 6750, section 3.1; RFC 8628, section 3.5; OpenID Connect Core 1.0, section 3.1.2.6
 */
export const oauthCodes: Rows = {
  ...all('critical', 'invalid_token'),
  ...all('recoverable', 'temporarily_unavailable server_error slow_down authorization_pending'),
  ...all('shared', 'invalid_grant interaction_required login_required consent_required'),
  ...all(
    'fatal',
    'invalid_client unauthorized_client unsupported_grant_type invalid_scope invalid_target insufficient_scope',
  ),
};

/** Families of codes whose members are too many to list: OpenSSL's, llhttp's, and what SOCKS servers answer. */
export const codePrefixes: Rows = {
  ...all('recoverable', 'ERR_SSL_ HPE_ UND_ERR_SOCKS5_REPLY_'),
};

const tables: Rows = {
  ...systemCodes,
  ...dnsCodes,
  ...undiciCodes,
  ...tlsCodes,
  ...nodeCodes,
  ...mailCodes,
  ...sqliteCodes,
  ...oauthCodes,
};

/** The class of a code; undefined for one that nobody knows. */
export function classOfCode(code: string): FailureClass | undefined {
  const sqlite = /^SQLITE_[A-Z]+/.exec(code)?.[0];
  const known = sqlite ?? code;
  if (Object.hasOwn(tables, known)) return tables[known];
  return Object.entries(codePrefixes).find(([prefix]) => code.startsWith(prefix))?.[1];
}
