import { createRequire } from 'node:module';
import twilio4 from 'twilio-4';
import twilio5 from 'twilio-5';
import twilio6 from 'twilio';
import { ROOM_SID, SID } from '../support/recording.ts';

/** Changes of a request, to reach errors that the SDK's own requests do not meet. */
export interface SdkRequest {
  readonly roomSid?: string;
  /** Deletes the recording instead of a fetch. */
  readonly isRemoval?: boolean;
  /** Header fields that replace the SDK's own. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Text behind the URL. */
  readonly suffix?: string;
}

/** One major version of twilio-node. */
interface SdkVersion {
  readonly name: string;
  readonly RestException: abstract new (response: never) => Error;
  /** Fetches a recording from the edge at that origin; rejects with the exception of the SDK. */
  readonly fetchRecording: (origin: string, request?: SdkRequest) => Promise<unknown>;
}

/** The part of a `RequestClient` that a request passes. */
interface Transport {
  request(options: SdkOptions): Promise<unknown>;
}

interface SdkOptions {
  uri: string;
  headers?: object;
}

/** The part of a client that the versions have in common. */
interface Client {
  readonly video: {
    baseUrl: string;
    readonly v1: {
      rooms(roomSid: string): {
        recordings(sid: string): { fetch(): Promise<unknown>; remove(): Promise<unknown> };
      };
    };
  };
}

/** The part of the package that the versions have in common. */
interface Sdk {
  (account: string, token: string, options: { readonly httpClient: never }): Client;
  readonly RequestClient: new () => Transport;
}

// Version 4 does not export the class at its root, and runtimes disagree about the default export of such a CommonJS module.
const { default: RestException4 } = createRequire(import.meta.url)('twilio-4/lib/base/RestException.js') as {
  readonly default: SdkVersion['RestException'];
};

const ACCOUNT = `AC${'a'.repeat(32)}`;

/** Changes a request on its way from the SDK to the socket. */
function modifyRequests(transport: Transport, { headers = {}, suffix = '' }: SdkRequest): Transport {
  return {
    request: (options) =>
      transport.request({
        ...options,
        uri: options.uri + suffix,
        headers: { ...options.headers, ...headers },
        // A header of the test would lose against the Basic credentials of the SDK.
        ...('Authorization' in headers ? { username: undefined, password: undefined } : {}),
      }),
  };
}

function describeVersion(name: string, sdk: Sdk, RestException: SdkVersion['RestException']): SdkVersion {
  return {
    name,
    RestException,
    fetchRecording(origin, request = {}) {
      // The SDK types `httpClient` as a class with private members, and calls `request` alone.
      const httpClient = modifyRequests(new sdk.RequestClient(), request) as never;
      const client = sdk(ACCOUNT, 'any token', { httpClient });
      client.video.baseUrl = origin;
      const recording = client.video.v1.rooms(request.roomSid ?? ROOM_SID).recordings(SID);
      return request.isRemoval === true ? recording.remove() : recording.fetch();
    },
  };
}

/** twilio-node 4, 5 (since 5.13 with an exception for RFC 9457) and 6. */
export const SDK_VERSIONS: readonly SdkVersion[] = [
  describeVersion('twilio-node 4', twilio4, RestException4),
  describeVersion('twilio-node 5', twilio5, twilio5.RestException),
  describeVersion('twilio-node 6', twilio6, twilio6.RestException),
];
