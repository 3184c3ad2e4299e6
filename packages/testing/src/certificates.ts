import { generate } from 'selfsigned';

/** A certificate and its key, PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** The subject and the validity of a server's certificate. */
interface CertificateOptions {
  /** Default: 127.0.0.1. */
  readonly ip?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

const YEAR_MS = 365 * 86_400_000;

/** Creates a certificate authority, which a program trusts only if it is configured to. */
export async function createAuthority(name: string): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date('2019-01-01'),
    notAfterDate: new Date(Date.now() + YEAR_MS),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { cert, key };
}

/** Creates a server's certificate that an authority signs. */
export async function createCertificate(
  authority: Certificate,
  {
    ip = '127.0.0.1',
    notBefore = new Date('2020-01-01'),
    notAfter = new Date(Date.now() + YEAR_MS),
  }: CertificateOptions = {},
): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'A server of the tests' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca: { cert: authority.cert, key: authority.key },
    notBeforeDate: notBefore,
    notAfterDate: notAfter,
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip }] },
    ],
  });
  return { cert, key };
}
