import type { RecordingStatus } from '@room-recordings/core';
import { createRequire } from 'node:module';
import twilio6 from 'twilio';
import twilio4 from 'twilio-4';
import twilio5 from 'twilio-5';
import { PUBLIC_URL, ROOM_SID, SID } from '../support/recording.ts';

/** Changes of an SDK request that cause errors which the SDK's own requests do not cause. */
export interface SdkRequest {
  readonly roomSid?: string;
  /** Whether the request deletes the recording. */
  readonly isDelete?: boolean;
  /** Headers that replace those of the SDK. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Text after the URL. */
  readonly suffix?: string;
}

/** One major version of twilio-node. */
export interface SdkVersion {
  readonly name: string;
  readonly RestException: abstract new (response: never) => Error;
  /** Fetches a recording from the edge at an origin. Rejects with the exception of the SDK. */
  readonly fetchRecording: (origin: string, request?: SdkRequest) => Promise<unknown>;
  /** Creates the list of a room of the edge at an origin. */
  readonly createList: (origin: string, roomSid: string) => RecordingList;
}

/** A recording, as the SDKs read it. */
interface SdkRecording {
  readonly sid: string;
  readonly dateCreated: Date;
}

/** The filters and limits of the SDKs. */
interface ListOptions {
  readonly status?: RecordingStatus;
  readonly dateCreatedAfter?: Date;
  readonly limit?: number;
  readonly pageSize?: number;
}

/** A page of the SDKs. */
interface SdkPage {
  readonly instances: readonly SdkRecording[];
  nextPage(): Promise<SdkPage> | undefined;
  previousPage(): Promise<SdkPage> | undefined;
}

/** The used part of the recordings of a room. */
export interface RecordingList {
  (sid: string): { fetch(): Promise<unknown>; remove(): Promise<unknown> };
  list(options?: ListOptions): Promise<SdkRecording[]>;
  each(
    options: ListOptions & { readonly done: (error?: Error) => void },
    callback: (recording: SdkRecording) => void,
  ): void;
  page(options?: ListOptions): Promise<SdkPage>;
}

/** The used part of a `RequestClient`. */
interface Transport {
  request(options: SdkOptions): Promise<unknown>;
}

interface SdkOptions {
  uri: string;
  headers?: object;
}

/** The common part of the versions' clients. */
interface Client {
  readonly video: {
    baseUrl: string;
    readonly v1: {
      rooms(roomSid: string): {
        readonly recordings: RecordingList;
      };
    };
  };
}

/** The common part of the versions' packages. */
interface Sdk {
  (account: string, token: string, options: { readonly httpClient: never }): Client;
  readonly RequestClient: new () => Transport;
}

// Version 4 does not export the class at its root, and runtimes disagree about the default export of such a CommonJS module.
const { default: RestException4 } = createRequire(import.meta.url)('twilio-4/lib/base/RestException.js') as {
  readonly default: SdkVersion['RestException'];
};

const ACCOUNT = `AC${'a'.repeat(32)}`;

/** Changes each request between the SDK and the socket. */
function modifyRequests(transport: Transport, { headers = {}, suffix = '' }: SdkRequest): Transport {
  return {
    request: (options) =>
      transport.request({
        ...options,
        uri: options.uri + suffix,
        headers: { ...options.headers, ...headers },
        // The Basic credentials of the SDK would replace the Authorization header of the test.
        ...('Authorization' in headers ? { username: undefined, password: undefined } : {}),
      }),
  };
}

function createVersion(name: string, sdk: Sdk, RestException: SdkVersion['RestException']): SdkVersion {
  return {
    name,
    RestException,
    createList(origin, roomSid) {
      const transport = new sdk.RequestClient();
      // The page URLs have the public origin. The test has no DNS, so that the transport connects to the server.
      const httpClient = {
        request: (options: SdkOptions) =>
          transport.request({ ...options, uri: options.uri.replace(PUBLIC_URL, origin) }),
      } as never;
      const client = sdk(ACCOUNT, 'any token', { httpClient });
      client.video.baseUrl = PUBLIC_URL;
      return client.video.v1.rooms(roomSid).recordings;
    },
    fetchRecording(origin, request = {}) {
      // The SDK types `httpClient` as a class with private members, and calls only `request`.
      const httpClient = modifyRequests(new sdk.RequestClient(), request) as never;
      const client = sdk(ACCOUNT, 'any token', { httpClient });
      client.video.baseUrl = origin;
      const recording = client.video.v1.rooms(request.roomSid ?? ROOM_SID).recordings(SID);
      return request.isDelete === true ? recording.remove() : recording.fetch();
    },
  };
}

/** twilio-node 4, 5 (since 5.13 with an exception for RFC 9457) and 6. */
export const SDK_VERSIONS: readonly SdkVersion[] = [
  createVersion('twilio-node 4', twilio4, RestException4),
  createVersion('twilio-node 5', twilio5, twilio5.RestException),
  createVersion('twilio-node 6', twilio6, twilio6.RestException),
];
