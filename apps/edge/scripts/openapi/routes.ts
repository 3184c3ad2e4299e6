import { LIST_PARAMETERS } from '../../src/recordings/list-query.ts';
import type { ErrorGroup } from './error-responses.ts';
import { CACHE_HEADERS, type HeaderName } from './headers.ts';
import type { JsonSchema } from './json-schemas.ts';
import type { ParameterName } from './parameters.ts';

/** A response of a GET: its description, its headers beside those of every response, and its media types. */
interface ResponseDescription {
  readonly description: string;
  readonly headers?: readonly HeaderName[];
  /** The schema of the body by media type. */
  readonly content?: Readonly<Record<string, JsonSchema>>;
}

/** A route that GET and HEAD read. */
export interface Route {
  readonly path: string;
  /** The operationId of GET. That of HEAD is `head` and this name. */
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly errors: ErrorGroup;
  /** The parameters of the path, which every method has. */
  readonly pathParameters?: readonly ParameterName[];
  readonly parameters?: readonly ParameterName[];
  /** Whether the route needs the access of ACCESS. */
  readonly isProtected?: boolean;
  /** The headers that every response of the route may have, beside the common ones. */
  readonly headers?: readonly HeaderName[];
  readonly responses: Readonly<Record<string, ResponseDescription>>;
}

const json = (name: string) => ({ 'application/json': { $ref: `#/components/schemas/${name}` } });

const NOT_MODIFIED: ResponseDescription = {
  description: 'The representation has not changed.',
  headers: ['ETag'],
};

/** The media types of playable media, and of files as they are. Their bytes have no schema. */
const MEDIA_CONTENT = Object.fromEntries(
  [
    'video/webm',
    'audio/webm',
    'video/mp4',
    'audio/wav',
    'video/x-matroska',
    'audio/x-matroska',
    'application/octet-stream',
  ].map((type) => [type, {}]),
);

/** The body of a response with MEDIA=redirect. */
const REDIRECT_CONTENT = {
  'application/json': {
    type: 'object',
    properties: { redirect_to: { type: 'string', format: 'uri' } },
    required: ['redirect_to'],
    additionalProperties: false,
  },
};

const MEDIA_HEADERS: readonly HeaderName[] = [
  'ETag',
  'Accept-Ranges',
  'Content-Disposition',
  'Content-Security-Policy',
];

const SIGNED_URL_PARAMETERS = ['Kid', 'Expires'] as const;

/** The routes of the edge that have a body. */
export const ROUTES: readonly Route[] = [
  {
    path: '/v1/Rooms/{RoomSid}/Recordings/{RecordingSid}',
    name: 'fetchRecording',
    summary: 'Reads a recording',
    errors: 'recording',
    pathParameters: ['RoomSid', 'RecordingSid'],
    parameters: [...SIGNED_URL_PARAMETERS, 'IfNoneMatch', 'IfMatch'],
    isProtected: true,
    headers: CACHE_HEADERS,
    responses: {
      200: { description: 'The recording.', headers: ['ETag'], content: json('Recording') },
      304: NOT_MODIFIED,
    },
  },
  {
    path: '/v1/Rooms/{RoomSid}/Recordings',
    name: 'listRecordings',
    summary: 'Lists the recordings of a room',
    description:
      'In ascending order of date_created and sid. A room that does not exist has an empty list. Deleted recordings are listed with Status=deleted only.',
    errors: 'list',
    pathParameters: ['RoomSid'],
    parameters: [...LIST_PARAMETERS, ...SIGNED_URL_PARAMETERS, 'IfNoneMatch', 'IfMatch'],
    isProtected: true,
    headers: CACHE_HEADERS,
    responses: {
      200: { description: 'A page of recordings.', headers: ['ETag'], content: json('RecordingPage') },
      304: NOT_MODIFIED,
    },
  },
  {
    path: '/v1/Rooms/{RoomSid}/Timeline',
    name: 'fetchTimeline',
    summary: 'Reads what a player needs: when each track starts and ends, and its URLs',
    description:
      'Times are seconds since the creation of the room. The URLs of sources are signed for this response alone, unless ACCESS=public.',
    errors: 'timeline',
    pathParameters: ['RoomSid'],
    parameters: [...SIGNED_URL_PARAMETERS, 'IfNoneMatch', 'IfMatch'],
    isProtected: true,
    headers: CACHE_HEADERS,
    responses: {
      200: {
        description: 'The timeline. Signed URLs make it private, without an ETag.',
        headers: ['ETag'],
        content: json('Timeline'),
      },
      304: NOT_MODIFIED,
    },
  },
  {
    path: '/v1/Rooms/{RoomSid}/Recordings/{RecordingSid}/Media',
    name: 'readMedia',
    summary: 'Reads the media of a recording in a form that browsers play',
    errors: 'media',
    pathParameters: ['RoomSid', 'RecordingSid'],
    parameters: ['Format', ...SIGNED_URL_PARAMETERS, 'Client', 'Range', 'IfRange', 'IfNoneMatch', 'IfMatch'],
    isProtected: true,
    headers: CACHE_HEADERS,
    responses: {
      200: {
        description: 'The whole media. With MEDIA=redirect: its URL at the storage, for a request of a page.',
        headers: MEDIA_HEADERS,
        content: { ...MEDIA_CONTENT, ...REDIRECT_CONTENT },
      },
      206: {
        description:
          'A range of the media. An open range of a media element is answered with at most MEDIA_PIECE bytes.',
        headers: [...MEDIA_HEADERS, 'Content-Range'],
        content: MEDIA_CONTENT,
      },
      302: {
        description: 'With MEDIA=redirect: the media at the storage.',
        headers: ['Location'],
        content: REDIRECT_CONTENT,
      },
      304: { ...NOT_MODIFIED, headers: MEDIA_HEADERS },
    },
  },
  {
    path: '/healthz',
    name: 'checkLiveness',
    summary: 'Checks that the process runs',
    errors: 'health',
    responses: { 200: { description: 'The process runs.', content: json('Health') } },
  },
  {
    path: '/readyz',
    name: 'checkReadiness',
    summary: 'Checks that the edge can serve reads',
    errors: 'readiness',
    responses: { 200: { description: 'Reads are served.', content: json('Readiness') } },
  },
  {
    path: '/errors',
    name: 'readErrorsPage',
    summary: 'Explains each error code',
    errors: 'page',
    responses: { 200: { description: 'An HTML page.', content: { 'text/html': { type: 'string' } } } },
  },
  {
    path: '/openapi.json',
    name: 'readOpenApi',
    summary: 'Reads this document',
    errors: 'page',
    responses: {
      200: {
        description: 'OpenAPI 3.1.',
        content: { 'application/json': { type: 'object' } },
      },
    },
  },
];
