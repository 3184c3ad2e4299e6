import type * as Core from '@room-recordings/core';

/** An error as JSON: all its members but its cause, which depends on the runtime. */
export interface ErrorJson {
  readonly code: string;
  readonly status?: number;
  /** Seconds. */
  readonly retryAfter?: number;
  readonly requestId?: string;
  readonly edgeCode?: string;
  readonly message: string;
  readonly issues: readonly Core.RecordingIssue[];
}

/** The result of a read as JSON: the same on every runtime. */
export type Outcome =
  | { readonly recording: unknown }
  | { readonly page: unknown }
  | { readonly error: ErrorJson };

/**
 * Reads, and converts the result or the error to JSON.
 *
 * @param kind the name of the result.
 * @throws {TypeError} the read rejected with another error than a `RecordingsError`.
 */
export async function settle(
  core: Pick<typeof Core, 'RecordingsError'>,
  kind: 'recording' | 'page',
  read: () => Promise<unknown>,
): Promise<Outcome> {
  try {
    const result = await read();
    return kind === 'page' ? { page: result } : { recording: result };
  } catch (error) {
    if (error instanceof core.RecordingsError) return { error: errorToJson(error) };
    throw new TypeError(`expected a RecordingsError, got ${String(error)}`, { cause: error });
  }
}

/** Converts an error to JSON, without members that are undefined. */
export function errorToJson(error: Core.RecordingsError): ErrorJson {
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
