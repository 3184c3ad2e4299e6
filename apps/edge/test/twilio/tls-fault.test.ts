import { RecordingsError } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import { isTlsError } from '../../src/twilio/resilience/errors.ts';

/** What fetch throws, from the outermost to the innermost, as it was seen. */
type Thrown = readonly { readonly code?: string; readonly message: string }[];

const node = (code: string, message = 'x'): Thrown => [{ message: 'fetch failed' }, { code, message }];
const bun = (code: string, message = 'x'): Thrown => [{ code, message }];
const deno = (what: string, host = 'localhost:9443'): Thrown => [
  { message: 'fetch failed' },
  { message: `error sending request for url (https://${host}/): client error (Connect): ${what}` },
];

/** As the client throws it. */
function wrap(thrown: Thrown): Error {
  const cause = thrown.toReversed().reduce<Error | undefined>((cause, { code, message }) => {
    return Object.assign(new TypeError(message, { cause }), code === undefined ? {} : { code });
  }, undefined);
  return new RecordingsError('network', 'The server could not be read.', { cause });
}

describe('isTlsFault', () => {
  it.each<readonly [string, Thrown]>([
    ['Node: expired', node('CERT_HAS_EXPIRED', 'certificate has expired')],
    ['Node: self-signed', node('DEPTH_ZERO_SELF_SIGNED_CERT')],
    ['Node: of nobody known', node('UNABLE_TO_VERIFY_LEAF_SIGNATURE')],
    ['Node: of another host', node('ERR_TLS_CERT_ALTNAME_INVALID')],
    ['Node: an alert', node('ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE')],
    ['Node: an alert about the version', node('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION')],
    ['Node: no TLS at all', node('ERR_SSL_WRONG_VERSION_NUMBER')],
    ['Bun: expired', bun('CERT_HAS_EXPIRED', 'certificate has expired')],
    ['Bun: self-signed', bun('DEPTH_ZERO_SELF_SIGNED_CERT', 'self signed certificate')],
    ['Bun: of nobody known', bun('UNABLE_TO_VERIFY_LEAF_SIGNATURE')],
    ['Bun: of another host', bun('ERR_TLS_CERT_ALTNAME_INVALID')],
    ['Bun: an alert', bun('EPROTO', 'EPROTO: The TLS handshake failed.')],
    [
      'Deno: expired',
      deno('invalid peer certificate: certificate expired: verification time 1795535663 (UNIX)'),
    ],
    ['Deno: self-signed', deno('invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))')],
    ['Deno: of nobody known', deno('invalid peer certificate: UnknownIssuer')],
    ['Deno: of another host', deno('invalid peer certificate: certificate not valid for name "localhost"')],
    ['Deno: an alert', deno('received fatal alert: HandshakeFailure')],
    ['Deno: no TLS at all', deno('received corrupt message of type InvalidContentType')],
  ])('F03: says so for %s', (_what, thrown) => {
    expect(isTlsError(wrap(thrown))).toBe(true);
  });

  it.each<readonly [string, Thrown]>([
    ['Node: refused', node('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:443')],
    ['Node: reset in the handshake', node('ECONNRESET', 'read ECONNRESET')],
    [
      'Node: closed in the handshake',
      node('ECONNRESET', 'Client network socket disconnected before secure TLS connection was established'),
    ],
    ['Node: a name that is not known', node('ENOTFOUND', 'getaddrinfo ENOTFOUND cert.ssl.tls.invalid')],
    ['Node: closed', node('UND_ERR_SOCKET', 'other side closed')],
    ['Node: slow', node('UND_ERR_CONNECT_TIMEOUT', 'Connect Timeout Error (certificate.invalid:443)')],
    ['Bun: refused', bun('ECONNREFUSED', 'ECONNREFUSED: Unable to connect.')],
    ['Bun: reset', bun('ECONNRESET', 'ECONNRESET: The socket connection was closed unexpectedly.')],
    ['Bun: a name that is not known', bun('ENOTFOUND', 'getaddrinfo ENOTFOUND cert.ssl.tls.invalid')],
    ['Deno: refused', deno('tcp connect error: Connection refused (os error 111)', 'cert.ssl.tls.example')],
    ['Deno: reset in the handshake', deno('Connection reset by peer (os error 104)', 'certificate.example')],
    ['Deno: closed in the handshake', deno('tls handshake eof')],
    [
      'Deno: a name that is not known',
      deno('dns error: failed to lookup address information: Name or service not known', 'cert.invalid'),
    ],
    ['Deno: reset', [{ message: 'fetch failed' }, { message: 'Connection reset by peer (os error 104)' }]],
    ['workerd: anything', [{ message: 'internal error; reference = u5ds6v14cvk0dvdb1f4me4jf' }]],
    ['workerd: no connection', [{ message: 'Network connection lost.' }]],
  ])('F01, F02, F09: does not for %s', (_what, thrown) => {
    expect(isTlsError(wrap(thrown))).toBe(false);
  });
});
