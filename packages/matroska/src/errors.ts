/**
 * Why a file cannot be read or converted:
 *
 * - `not_matroska`: the bytes are not Matroska or WebM.
 * - `empty`: the file ends before its first frame, as the recording of a track that was muted throughout.
 * - `truncated`: the file ends inside an element that is needed.
 * - `invalid`: the bytes violate the format.
 * - `unsupported`: a feature that Twilio does not use: lacing, several tracks, content encodings, another codec.
 * - `too_large`: the file exceeds a limit of this package.
 */
export type MatroskaErrorCode =
  | 'not_matroska'
  | 'empty'
  | 'truncated'
  | 'invalid'
  | 'unsupported'
  | 'too_large';

/** The only error that this package throws. The errors of a caller's `read` are passed through. */
export class MatroskaError extends Error {
  override readonly name = 'MatroskaError';
  readonly code: MatroskaErrorCode;

  constructor(code: MatroskaErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
