/** Why a signed URL does not open anything. */
export type UrlSignatureErrorCode = 'signature_invalid' | 'url_expired';

/** A signed URL that does not hold. Neither its message nor its members have anything of the URL or of a key. */
export class UrlSignatureError extends Error {
  override readonly name = 'UrlSignatureError';
  readonly code: UrlSignatureErrorCode;

  constructor(code: UrlSignatureErrorCode) {
    super(
      code === 'url_expired' ? 'The signed URL has expired.' : 'The URL is not signed by one of the keys.',
    );
    this.code = code;
  }
}
