import type { ErrorCode } from './http/error-codes.ts';

/** An answer as plain data: a Response is made of it, or a server writes it as it is. */
export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: [name: string, value: string][];
  readonly body: Uint8Array<ArrayBuffer> | null;
  /** What the log calls it. */
  readonly error?: ErrorCode;
}
