import type * as Core from '@room-recordings/core';

/** An error as data: all that core says of it but its cause, which is the runtime's own. */
export interface PlainError {
  readonly code: string;
  readonly status?: number;
  /** Seconds. */
  readonly retryAfter?: number;
  readonly requestId?: string;
  readonly edgeCode?: string;
  readonly message: string;
  readonly issues: readonly Core.RecordingIssue[];
}

/** What came of a read, as JSON: the same on every runtime. */
export type Outcome = { readonly recording: unknown } | { readonly error: PlainError };

/**
 * Waits for a read and takes what comes of it.
 *
 * @throws {TypeError} for a fault that is no RecordingsError.
 */
export async function settle(
  core: Pick<typeof Core, 'RecordingsError'>,
  read: () => Promise<unknown>,
): Promise<Outcome> {
  try {
    return { recording: await read() };
  } catch (fault) {
    if (fault instanceof core.RecordingsError) return { error: errorToJson(fault) };
    throw new TypeError(`expected a RecordingsError, got ${String(fault)}`, { cause: fault });
  }
}

/** Takes an error apart, without what it does not have. */
export function errorToJson(error: Core.RecordingsError): PlainError {
  const { code, status, retryAfter, requestId, edgeCode, message, issues } = error;
  return {
    code,
    ...(status !== undefined && { status }),
    ...(retryAfter !== undefined && { retryAfter }),
    ...(requestId !== undefined && { requestId }),
    ...(edgeCode !== undefined && { edgeCode }),
    message,
    issues,
  };
}
