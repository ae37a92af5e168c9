import dns from 'node:dns';
import os from 'node:os';
import { getSystemErrorMap } from 'node:util';
import { describe, expect, it } from 'vitest';
import { classify } from '../../src/policies/classify.ts';
import {
  classOfCode,
  codePrefixes,
  dnsCodes,
  mailCodes,
  nodeCodes,
  oauthCodes,
  sqliteCodes,
  sqliteNumbers,
  systemCodes,
  tlsCodes,
  undiciCodes,
} from '../../src/policies/error-codes.ts';

const failure = (fields: object) => classify(Object.assign(new Error('it broke'), fields), 0);

/** What the most telling codes must mean, written a second time on purpose. */
const law = {
  recoverable:
    'ECONNRESET ECONNREFUSED EPIPE ETIMEDOUT EHOSTUNREACH ENOTFOUND ESERVFAIL ETIMEOUT UND_ERR_SOCKET UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT UND_ERR_CONNECT_TIMEOUT UND_ERR_ABORTED UND_ERR_INFO ABORT_ERR CERT_HAS_EXPIRED CERT_NOT_YET_VALID DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_VERIFY_LEAF_SIGNATURE ERR_TLS_CERT_ALTNAME_INVALID EPROTO ERR_SSL_WRONG_VERSION_NUMBER HPE_INVALID_CONSTANT UND_ERR_SOCKS5_REPLY_5 ERR_STREAM_PREMATURE_CLOSE ERR_HTTP2_GOAWAY_SESSION EBUSY EAGAIN SQLITE_BUSY SQLITE_BUSY_SNAPSHOT SQLITE_LOCKED temporarily_unavailable',
  shared:
    'ENETUNREACH ENETDOWN EAI_AGAIN ENOSPC EDQUOT EROFS EIO EMFILE ENFILE SQLITE_FULL SQLITE_READONLY SQLITE_READONLY_DBMOVED SQLITE_IOERR SQLITE_IOERR_WRITE SQLITE_CANTOPEN invalid_grant',
  fatal:
    'EACCES EPERM ENOMEM EAI_MEMORY ERR_WORKER_OUT_OF_MEMORY ERR_ACCESS_DENIED SQLITE_CORRUPT SQLITE_NOTADB SQLITE_NOMEM invalid_client unauthorized_client invalid_scope UND_ERR_SOCKS5_AUTH_FAILED',
  critical: 'invalid_token',
  bug: 'ENOENT EEXIST EISDIR EINVAL EBADF UND_ERR_INVALID_ARG UND_ERR_NOT_SUPPORTED UND_ERR_REQ_CONTENT_LENGTH_MISMATCH SQLITE_CONSTRAINT_UNIQUE SQLITE_MISUSE EBADNAME',
};

describe('the codes', () => {
  it.each(Object.entries(law).flatMap(([name, codes]) => codes.split(' ').map((code) => [code, name])))(
    '%s is %s',
    (code, name) => {
      expect(failure({ code })).toMatchObject({ class: name, code });
    },
  );

  const tables = { systemCodes, dnsCodes, undiciCodes, tlsCodes, nodeCodes, mailCodes, oauthCodes, sqliteCodes };
  it.each(
    Object.entries(tables).flatMap(([table, rows]) => Object.entries(rows).map(([code, name]) => [table, code, name])),
  )('%s: an error with the code %s is %s, alone and as a cause', (_, code, name) => {
    expect(failure({ code })).toMatchObject({ class: name, code });
    const outer = new TypeError('fetch failed', { cause: Object.assign(new Error('below'), { code }) });
    expect(classify(outer, 0)).toMatchObject({ class: name, code, message: 'fetch failed: below' });
  });

  it('stand in one table only', () => {
    const codes = Object.values(tables).flatMap((rows) => Object.keys(rows));
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
  });

  it('cover every error of the operating system that Node knows', () => {
    const known = [...Object.keys(os.constants.errno), ...[...getSystemErrorMap().values()].map(([code]) => code)];
    expect(known.filter((code) => classOfCode(code) === undefined)).toEqual([]);
  });

  it('cover every error of the resolver that Node knows', () => {
    const names = [
      'NODATA',
      'FORMERR',
      'SERVFAIL',
      'NOTFOUND',
      'NOTIMP',
      'REFUSED',
      'BADQUERY',
      'BADNAME',
      'BADFAMILY',
    ] as const;
    const more = [
      'BADRESP',
      'CONNREFUSED',
      'TIMEOUT',
      'EOF',
      'FILE',
      'NOMEM',
      'DESTRUCTION',
      'BADSTR',
      'BADFLAGS',
    ] as const;
    const rest = ['NONAME', 'BADHINTS', 'NOTINITIALIZED', 'LOADIPHLPAPI', 'ADDRGETNETWORKPARAMS', 'CANCELLED'] as const;
    const codes = [...names, ...more, ...rest].map((name) => dns[name]);
    expect(codes.filter((code) => classOfCode(code) === undefined)).toEqual([]);
  });

  it.each(Object.entries(codePrefixes))('any code that begins with %s is %s', (prefix, name) => {
    expect(failure({ code: `${prefix}ANYTHING` }).class).toBe(name);
  });

  it.each([
    [5, 'SQLITE_BUSY', 'recoverable'],
    [517, 'SQLITE_BUSY', 'recoverable'],
    [8, 'SQLITE_READONLY', 'shared'],
    [13, 'SQLITE_FULL', 'shared'],
    [778, 'SQLITE_IOERR', 'shared'],
    [14, 'SQLITE_CANTOPEN', 'shared'],
    [11, 'SQLITE_CORRUPT', 'fatal'],
    [26, 'SQLITE_NOTADB', 'fatal'],
    [2067, 'SQLITE_CONSTRAINT', 'bug'],
    [1, 'SQLITE_ERROR', 'bug'],
    [99, 'SQLITE_ERROR', 'bug'],
  ])("node:sqlite's result code %i is %s and %s", (errcode, code, name) => {
    expect(failure({ code: 'ERR_SQLITE_ERROR', errcode })).toMatchObject({ class: name, code });
  });

  it('number all of SQLite’s primary codes', () => {
    expect(sqliteNumbers).toHaveLength(27);
    expect(sqliteNumbers.slice(1).filter((code) => classOfCode(code) === undefined)).toEqual([]);
  });

  it.each(['toString', '__proto__', 'constructor', 'ERR_UNHEARD_OF', ''])('do not know %o', (code) => {
    expect(classOfCode(code)).toBeUndefined();
  });
});
