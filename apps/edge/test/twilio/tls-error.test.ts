import { RecordingsError } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import { isTlsError } from '../../src/twilio/resilience/errors.ts';

/** The errors that a fetch threw, from the outermost to the innermost. They were observed on each runtime. */
type ErrorChain = readonly { readonly code?: string; readonly message: string }[];

const node = (code: string, message = 'x'): ErrorChain => [{ message: 'fetch failed' }, { code, message }];
const bun = (code: string, message = 'x'): ErrorChain => [{ code, message }];
const deno = (reason: string, host = 'localhost:9443'): ErrorChain => [
  { message: 'fetch failed' },
  { message: `error sending request for url (https://${host}/): client error (Connect): ${reason}` },
];

/** Creates the error that the client throws. */
function toClientError(chain: ErrorChain): Error {
  const cause = chain.toReversed().reduce<Error | undefined>((cause, { code, message }) => {
    return Object.assign(new TypeError(message, { cause }), code === undefined ? {} : { code });
  }, undefined);
  return new RecordingsError('network', 'The server could not be read.', { cause });
}

describe('isTlsError()', () => {
  it.each<{ readonly name: string; readonly chain: ErrorChain }>([
    { name: 'an expired certificate on Node', chain: node('CERT_HAS_EXPIRED', 'certificate has expired') },
    { name: 'a self-signed certificate on Node', chain: node('DEPTH_ZERO_SELF_SIGNED_CERT') },
    { name: 'a certificate of an unknown issuer on Node', chain: node('UNABLE_TO_VERIFY_LEAF_SIGNATURE') },
    { name: 'a certificate of another host on Node', chain: node('ERR_TLS_CERT_ALTNAME_INVALID') },
    { name: 'a TLS alert on Node', chain: node('ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE') },
    { name: 'a TLS alert about the version on Node', chain: node('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION') },
    { name: 'a server without TLS on Node', chain: node('ERR_SSL_WRONG_VERSION_NUMBER') },
    { name: 'an expired certificate on Bun', chain: bun('CERT_HAS_EXPIRED', 'certificate has expired') },
    {
      name: 'a self-signed certificate on Bun',
      chain: bun('DEPTH_ZERO_SELF_SIGNED_CERT', 'self signed certificate'),
    },
    { name: 'a certificate of an unknown issuer on Bun', chain: bun('UNABLE_TO_VERIFY_LEAF_SIGNATURE') },
    { name: 'a certificate of another host on Bun', chain: bun('ERR_TLS_CERT_ALTNAME_INVALID') },
    { name: 'a TLS alert on Bun', chain: bun('EPROTO', 'EPROTO: The TLS handshake failed.') },
    {
      name: 'an expired certificate on Deno',
      chain: deno('invalid peer certificate: certificate expired: verification time 1795535663 (UNIX)'),
    },
    {
      name: 'a self-signed certificate on Deno',
      chain: deno('invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))'),
    },
    {
      name: 'a certificate of an unknown issuer on Deno',
      chain: deno('invalid peer certificate: UnknownIssuer'),
    },
    {
      name: 'a certificate of another host on Deno',
      chain: deno('invalid peer certificate: certificate not valid for name "localhost"'),
    },
    { name: 'a TLS alert on Deno', chain: deno('received fatal alert: HandshakeFailure') },
    {
      name: 'a server without TLS on Deno',
      chain: deno('received corrupt message of type InvalidContentType'),
    },
  ])('returns true for $name', ({ chain }) => {
    expect(isTlsError(toClientError(chain))).toBe(true);
  });

  it.each<{ readonly name: string; readonly chain: ErrorChain }>([
    {
      name: 'a refused connection on Node',
      chain: node('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:443'),
    },
    { name: 'a reset during the handshake on Node', chain: node('ECONNRESET', 'read ECONNRESET') },
    {
      name: 'a connection closed during the handshake on Node',
      chain: node(
        'ECONNRESET',
        'Client network socket disconnected before secure TLS connection was established',
      ),
    },
    {
      name: 'an unknown host name on Node',
      chain: node('ENOTFOUND', 'getaddrinfo ENOTFOUND cert.ssl.tls.invalid'),
    },
    { name: 'a closed connection on Node', chain: node('UND_ERR_SOCKET', 'other side closed') },
    {
      name: 'a connect timeout on Node',
      chain: node('UND_ERR_CONNECT_TIMEOUT', 'Connect Timeout Error (certificate.invalid:443)'),
    },
    { name: 'a refused connection on Bun', chain: bun('ECONNREFUSED', 'ECONNREFUSED: Unable to connect.') },
    {
      name: 'a reset on Bun',
      chain: bun('ECONNRESET', 'ECONNRESET: The socket connection was closed unexpectedly.'),
    },
    {
      name: 'an unknown host name on Bun',
      chain: bun('ENOTFOUND', 'getaddrinfo ENOTFOUND cert.ssl.tls.invalid'),
    },
    {
      name: 'a refused connection on Deno',
      chain: deno('tcp connect error: Connection refused (os error 111)', 'cert.ssl.tls.example'),
    },
    {
      name: 'a reset during the handshake on Deno',
      chain: deno('Connection reset by peer (os error 104)', 'certificate.example'),
    },
    { name: 'a connection closed during the handshake on Deno', chain: deno('tls handshake eof') },
    {
      name: 'an unknown host name on Deno',
      chain: deno(
        'dns error: failed to lookup address information: Name or service not known',
        'cert.invalid',
      ),
    },
    {
      name: 'a reset on Deno',
      chain: [{ message: 'fetch failed' }, { message: 'Connection reset by peer (os error 104)' }],
    },
    {
      name: 'an internal error of workerd',
      chain: [{ message: 'internal error; reference = u5ds6v14cvk0dvdb1f4me4jf' }],
    },
    { name: 'a lost connection on workerd', chain: [{ message: 'Network connection lost.' }] },
  ])('returns false for $name', ({ chain }) => {
    expect(isTlsError(toClientError(chain))).toBe(false);
  });
});
