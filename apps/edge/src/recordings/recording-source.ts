import type {
  IdentifiedRecording,
  InvalidRecording,
  RecordingRef,
  RecordingStatus,
  RoomRecording,
  RoomSid,
} from '@room-recordings/core';
import type { RoomRef } from '../twilio/sid.ts';
import type { AccountLimits } from '../twilio/resilience/account-limits.ts';

/** The options of one read. */
export interface SourceReadOptions {
  /** The client that calls are counted for. Clients get equal shares. Default: a client that all such reads share. */
  readonly client?: string | undefined;
  /** Aborts the read. */
  readonly signal?: AbortSignal | undefined;
  /** Called at the start of each remote call of the read. */
  readonly onAttempt?: (() => void) | undefined;
}

/** The filters of a list, and the position of a page in it. A filter that is undefined selects every recording. */
export interface ListQuery {
  /** Undefined selects every status but `deleted`. */
  readonly status?: RecordingStatus | undefined;
  readonly sourceSid?: string | undefined;
  /** A date-time in UTC. The recording was created then or later. */
  readonly dateCreatedAfter?: string | undefined;
  /** A date-time in UTC. The recording was created earlier. */
  readonly dateCreatedBefore?: string | undefined;
  /** The maximum number of recordings of a page, from 1 to 1,000. */
  readonly pageSize: number;
  /** The number of the page; 0 for the first page. */
  readonly page: number;
  /** The token of the page, which a source made; undefined for the first page. */
  readonly pageToken?: string | undefined;
}

/** The position of a page beside another one. */
export interface PagePosition {
  readonly page: number;
  readonly pageToken: string | undefined;
}

/** One page of a room's recordings, ascending by the date of creation and then by SID. */
export interface SourcePage {
  readonly recordings: readonly IdentifiedRecording[];
  /** The recordings that are not part of the page, because they are not valid. */
  readonly invalid: readonly InvalidRecording[];
  /** Null for the first page. */
  readonly previous: PagePosition | null;
  /** Null for the last page. */
  readonly next: PagePosition | null;
}

/** A resource that is read from a source, and that the cache stores. */
export type StoredResource =
  | { readonly kind: 'recording'; readonly id: RecordingRef }
  | { readonly kind: 'list'; readonly id: RoomRef; readonly query: ListQuery }
  | { readonly kind: 'timeline'; readonly id: RoomRef };

/** A source of recordings: Twilio or an archive. */
export interface RecordingSource {
  /** The limits of the Twilio account, which other calls to the account share. Undefined if the source does not call Twilio. */
  readonly account?: AccountLimits;
  /**
   * Reads and validates one recording.
   *
   * @throws {RecordingsError} in every other case, with `not_found` if the recording does not exist.
   */
  read(id: RecordingRef, options?: SourceReadOptions): Promise<RoomRecording>;
  /**
   * Reads and validates one page of the recordings of a room.
   *
   * @returns a page without recordings if the room does not exist.
   * @throws {RecordingsError} in every other case, with `invalid_request` if the source does not accept the page token.
   */
  list(roomSid: RoomSid, query: ListQuery, options?: SourceReadOptions): Promise<SourcePage>;
}
