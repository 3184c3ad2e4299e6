import { describe, expect, it } from 'vitest';
import { MediaError, type MediaSource } from '../../src/media/media-source.ts';
import { createFakeMedia, createMediaEdge, readSeedMedia } from '../support/media-edge.ts';
import { PATH } from '../support/recording.ts';
import { findUndocumented } from './openapi-validator.ts';

const MEDIA = `${PATH}/Media`;
const ROUTE = '/v1/Rooms/{RoomSid}/Recordings/{RecordingSid}/Media';
const BYTES = readSeedMedia('opus');
const LINK = 'https://com-twilio-us1-video-recording.s3.amazonaws.com/AC1/RT1?X-Amz-Signature=canary';

/** Creates an edge with MEDIA=redirect, whose storage has this URL of the file. */
function createRedirectEdge(link: NonNullable<MediaSource['link']> = () => Promise.resolve(LINK)) {
  return createMediaEdge(
    BYTES,
    {},
    {
      variables: {
        MEDIA: 'redirect',
        RECORDINGS_SOURCE: 'twilio',
        TWILIO_API_KEY: `SK${'a'.repeat(32)}`,
        TWILIO_API_SECRET: 'secret',
      },
      services: { media: { ...createFakeMedia(BYTES), link } },
    },
  );
}

/** Sends a request, and checks that the OpenAPI document describes its response. */
async function request(init: RequestInit = {}, edge = createRedirectEdge()) {
  const response = await edge.request(MEDIA, init);
  const received = { status: response.status, headers: response.headers, body: await response.text() };
  expect(findUndocumented(ROUTE, init.method ?? 'GET', received)).toEqual([]);
  return { ...received, edge };
}

describe('MEDIA=redirect', () => {
  it('redirects to the storage, and no cache or referrer may keep the URL', async () => {
    const { status, headers, body } = await request();
    expect(status).toBe(302);
    expect(headers.get('Location')).toBe(LINK);
    expect(headers.get('Cache-Control')).toBe('private, no-store');
    expect(headers.get('Referrer-Policy')).toBe('no-referrer');
    expect(JSON.parse(body)).toEqual({ redirect_to: LINK });
  });

  it.each([
    { name: 'fetch in a page', headers: { 'Sec-Fetch-Dest': 'empty' } },
    { name: 'a client that accepts JSON', headers: { Accept: 'application/json' } },
  ])(
    'responds to $name with the URL as JSON, because a page cannot follow the redirect',
    async ({ headers }) => {
      const response = await request({ headers });
      expect(response.status).toBe(200);
      expect(response.headers.get('Location')).toBeNull();
      expect(response.headers.get('Content-Type')).toBe('application/json');
      expect(JSON.parse(response.body)).toEqual({ redirect_to: LINK });
    },
  );

  it('redirects a media element', async () => {
    expect((await request({ headers: { 'Sec-Fetch-Dest': 'video' } })).status).toBe(302);
  });

  it('has the headers of GET and no body for HEAD', async () => {
    const { status, headers, body } = await request({ method: 'HEAD' });
    expect([status, headers.get('Location'), body]).toEqual([302, LINK, '']);
  });

  it('responds 404 with the reason if the storage has no file', async () => {
    const edge = createRedirectEdge(() => Promise.reject(new MediaError('missing')));
    const { status, body } = await request({}, edge);
    expect(status).toBe(404);
    expect(JSON.parse(body)).toMatchObject({ error: 'media_unavailable' });
  });

  it('does not log the URL', async () => {
    const { edge } = await request();
    expect(JSON.stringify(edge.logEntries)).not.toContain('canary');
  });
});
