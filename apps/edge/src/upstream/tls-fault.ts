/**
 * The codes of OpenSSL's checks and of Node itself, which Bun gives too: CERT_HAS_EXPIRED,
 * UNABLE_TO_VERIFY_LEAF_SIGNATURE, ERR_TLS_CERT_ALTNAME_INVALID, and for an alert
 * `ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE` on Node, EPROTO on Bun.
 */
const CODE =
  /CERT|CRL|^ERR_(?:SSL|TLS)_|^UNABLE_TO_VERIFY_|^(?:EPROTO|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)$/;

/**
 * What rustls says, where Deno has no code; after the words that end with the URL, because a host may be called anything.
 * A connection that breaks in the handshake (`tls handshake eof`) is none of these: it breaks as any other.
 */
const DENO_SENTENCE =
  /: client error \(Connect\): (?:invalid (?:peer certificate|certificate revocation list)|received (?:fatal alert|corrupt message|unexpected)|peer (?:is incompatible|misbehaved|doesn't support))/;

/**
 * Whether TLS is what a fault, or what caused it, says went wrong: a try more would meet the same certificate.
 *
 * Each runtime has its own words. workerd has none: a refused certificate is the same `internal error` as a name that is
 * not known, and so it is tried again there.
 */
export function isTlsError(fault: Error): boolean {
  const code = 'code' in fault && typeof fault.code === 'string' ? fault.code : undefined;
  if (code === undefined ? DENO_SENTENCE.test(fault.message) : CODE.test(code)) return true;
  return fault.cause instanceof Error && isTlsError(fault.cause);
}
