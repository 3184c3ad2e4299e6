// Compiled and never run: the platform's own types of `fetch` must be accepted, against the built package.
import { createRecordingsClient, parseRecordingResponse, type FetchLike } from '@room-recordings/core';

declare const response: Response;
declare const roomSid: string;
declare const sid: string;

// A function that takes `RequestInit` and resolves with a `Response` is a `FetchLike`.
const send = async (url: string, init: RequestInit): Promise<Response> => {
  void [url, init];
  return response;
};
const accepted: FetchLike = send;
void createRecordingsClient({ fetch: accepted });
void createRecordingsClient({ fetch });
void parseRecordingResponse(response, { roomSid, sid });

// The media of a client with the platform's `fetch` is a `Response`.
const media: Promise<Response> = createRecordingsClient().media(roomSid, sid);
const mediaOfSend: Promise<Response> = createRecordingsClient({ fetch: send }).media(roomSid, sid);
void [media, mediaOfSend];
