import { computeAge, isWithinError, type Exchange } from './age.ts';
import { describeBody, readBody, release } from './body.ts';
import type { Call } from './collapsing.ts';
import type { Entry, StoredAnswer } from './entry.ts';
import { listFields, updateFields, type Fields } from './fields.ts';
import type { GuardedStore } from './store.ts';
import { dateFields, freshen, prepare, type Prepared } from './storability.ts';
import { copyRequest, makeRequest, type Fetch } from './upstream.ts';
import { confirms, isValidatable } from './validation.ts';
import { addVariant, omitVariants, type HeaderReader } from './vary.ts';

/** What a request needs that goes on: itself, and what is stored for it. */
export interface Situation {
  readonly request: Request;
  readonly key: string;
  readonly entry: Entry | undefined;
  /** What would be served if it were fresh. */
  readonly stored: StoredAnswer | undefined;
  /** Sent on as it came: what is asked for is not the whole answer. */
  readonly isTransparent: boolean;
}

/** What came of going on: an answer for everyone, one for the one who asked alone, or none that is of any use. */
export type Outcome =
  | {
      readonly kind: 'stored';
      readonly stored: StoredAnswer;
      readonly withheld: Fields;
      readonly status: number;
      readonly written: Promise<void> | undefined;
      /** Until then who comes is given this; what a store can peek at is at hand as soon as it is written. */
      readonly landing: unknown;
    }
  | {
      readonly kind: 'passed';
      readonly status: number;
      readonly statusText: string;
      readonly fields: Fields;
      readonly body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>> | null;
      readonly written?: Promise<void> | undefined;
      readonly landing?: undefined;
    }
  | {
      readonly kind: 'failed';
      readonly error: unknown;
      /** The fault that the origin answered, where it is one that what is stale may be served instead of. */
      readonly status?: number;
      readonly written?: undefined;
      readonly landing?: undefined;
    };

/** What going on needs of the outside. */
export interface Outside {
  readonly fetch: Fetch;
  readonly store: GuardedStore;
  readonly now: () => number;
  readonly maxBodyBytes: number;
  readonly staleIfError: number;
}

/** Statuses instead of which a stale answer may be served (RFC 5861 §4). */
const FAULTS = new Set([500, 502, 503, 504]);

/** Statuses that are about a moment, a caller's haste or a part: what is stored stays as true as it was. */
const SAYS_NOTHING_OF_STORED = new Set([206, 304, 408, 412, 416, 425, 429]);

/** Asks the origin, stores what may be stored and drops what it has made untrue; never rejects. */
export async function forward(outside: Outside, situation: Situation, call: Call): Promise<Outcome> {
  try {
    return await exchange(outside, situation, call);
  } catch (error) {
    return { kind: 'failed', error };
  }
}

async function exchange(outside: Outside, situation: Situation, call: Call): Promise<Outcome> {
  const { request, stored, isTransparent } = situation;
  const validated = stored !== undefined && isValidatable(stored) ? stored : undefined;
  const sent = isTransparent ? copyRequest(request) : makeRequest(request, validated);
  const sentAt = outside.now();
  const response = await outside.fetch(sent);
  const times: Exchange = { sentAt, receivedAt: outside.now() };
  const { status } = response;

  if (status === 304 && !isTransparent) {
    release(response.body);
    if (validated === undefined) throw new TypeError('The origin answered 304 unasked.');
    if (confirms(response.headers, validated))
      return renew(outside, situation, call, validated, response, times);
    // It speaks of an answer that is not stored: it is asked for as if nothing were.
    return exchange(outside, { ...situation, stored: undefined }, call);
  }
  if (
    stored !== undefined &&
    FAULTS.has(status) &&
    isWithinError(stored, computeAge(stored, times.receivedAt))
  ) {
    release(response.body);
    return { kind: 'failed', error: new TypeError(`The origin answered ${status}.`), status };
  }
  return receive(outside, situation, call, response, { ...times, sent: sent.headers });
}

/** A 304: the stored answer holds, with the fields that came (RFC 9111 §4.3.4). */
function renew(
  outside: Outside,
  situation: Situation,
  call: Call,
  validated: StoredAnswer,
  response: Response,
  times: Exchange,
): Outcome {
  const came = dateFields(listFields(response.headers), times.receivedAt);
  const fields = updateFields(validated.headers, came);
  const prepared = freshen(validated, fields, situation.request.headers, times, outside.staleIfError);
  if (prepared !== undefined && !call.isOutdated) return keep(outside, situation, prepared, 304);
  const { status, body } = validated;
  return {
    kind: 'passed',
    status,
    statusText: '',
    fields,
    body,
    written: drop(outside, situation, call, status),
  };
}

async function receive(
  outside: Outside,
  situation: Situation,
  call: Call,
  response: Response,
  exchange: Exchange & { readonly sent: HeaderReader },
): Promise<Outcome> {
  const { status, statusText, headers } = response;
  const came = dateFields(listFields(headers), exchange.receivedAt);
  const prepared = response.redirected
    ? undefined // it is the answer of another URL
    : prepare({ status, headers, fields: came }, exchange.sent, exchange, outside.staleIfError);
  if (prepared === undefined) {
    const fields = describeBody(came, undefined);
    const written = drop(outside, situation, call, status);
    return { kind: 'passed', status, statusText, fields, body: response.body, written };
  }
  const body = await readBody(response, outside.maxBodyBytes);
  if (body instanceof ReadableStream || call.isOutdated) {
    const length = body instanceof Uint8Array ? body.byteLength : undefined;
    const written = drop(outside, situation, call, status);
    return { kind: 'passed', status, statusText, fields: describeBody(came, length), body, written };
  }
  const described = describeBody(prepared.stored.headers, body?.byteLength);
  return keep(
    outside,
    situation,
    { ...prepared, stored: { ...prepared.stored, headers: described, body } },
    status,
  );
}

function keep(outside: Outside, situation: Situation, prepared: Prepared, status: number): Outcome {
  const { key, request } = situation;
  const { stored, withheld } = prepared;
  // Another answer may have been stored meanwhile; a store that takes its time is not asked twice.
  const entry = outside.store.canPeek ? outside.store.peek(key) : situation.entry;
  const written = outside.store.write(key, addVariant(entry, stored, request.headers));
  return { kind: 'stored', stored, withheld, status, written, landing: !outside.store.canPeek && written };
}

/** What came and cannot be stored is newer than what is (RFC 9111 §4): that goes; all of it where nothing is left. */
function drop(
  outside: Outside,
  { key, entry, request }: Situation,
  call: Call,
  status: number,
): Promise<void> | undefined {
  if (entry === undefined || call.isOutdated || status >= 500 || SAYS_NOTHING_OF_STORED.has(status)) {
    return undefined;
  }
  const variants = status === 404 || status === 410 ? [] : omitVariants(entry, request.headers);
  return variants.length === 0 ? outside.store.remove(key) : outside.store.write(key, { variants });
}
