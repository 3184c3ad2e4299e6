import { RecordingsError } from './errors.ts';

/** The most bytes of an answer that are read, after any decoding: 1 MiB. */
export const MAX_BODY_BYTES: number = 1_048_576;

/**
 * Reads a body as text, at most 1 MiB of it.
 *
 * @throws {RecordingsError} `invalid_response` for a longer body.
 */
export async function readBody(response: Response): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let text = '';
  let bytes = 0;
  for (;;) {
    // Chunks come in order: each read waits for the one before it.
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > MAX_BODY_BYTES) {
      await reader.cancel();
      throw new RecordingsError('invalid_response', `The answer is longer than ${MAX_BODY_BYTES} bytes.`, {
        status: response.status,
      });
    }
    text += decoder.decode(value, { stream: true });
  }
}
