import { describe, expect, it } from 'vitest';
import { createMediaEdge, readBytes, readSeedMedia, withoutCues, type Bytes } from '../support/media-edge.ts';
import { PATH } from '../support/recording.ts';

const MEDIA = `${PATH}/Media`;

const CASES = [
  { name: 'VP8 with Cues', bytes: readSeedMedia('vp8'), type: 'video/webm' },
  { name: 'VP8 without Cues', bytes: withoutCues(readSeedMedia('vp8')), type: 'video/webm' },
  { name: 'OPUS with Cues', bytes: readSeedMedia('opus'), type: 'audio/webm' },
  { name: 'OPUS without Cues', bytes: withoutCues(readSeedMedia('opus')), type: 'audio/webm' },
  { name: 'H264', bytes: readSeedMedia('h264'), type: 'video/mp4' },
  { name: 'PCMU', bytes: readSeedMedia('pcmu'), type: 'audio/wav' },
] as const;

describe('the representation of media', () => {
  it.each(CASES)('$name is served as $type with its length', async ({ bytes, type }) => {
    const response = await createMediaEdge(bytes).request(MEDIA);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(type);
    expect((await readBytes(response)).byteLength).toBe(Number(response.headers.get('content-length')));
  });

  it('VP8 without a Duration has a made head with one, after a scan', async () => {
    const bytes = readSeedMedia('vp8').slice();
    // A Void element replaces the Duration.
    const at = Buffer.from(bytes).indexOf(Buffer.from([0x44, 0x89, 0x88]));
    bytes.set([0xec, 0x89], at);
    const response = await createMediaEdge(bytes).request(MEDIA);
    expect(response.headers.get('content-type')).toBe('video/webm');
    const head = Buffer.from((await readBytes(response)).subarray(0, 1_000));
    expect(head.includes(Buffer.from([0x44, 0x89, 0x88]))).toBe(true);
  });

  it('?format=original serves the stored bytes as a download', async () => {
    const bytes = readSeedMedia('h264');
    const edge = createMediaEdge(bytes, { type: 'video', container_format: 'mkv', track_name: 'câmera/1' });
    const response = await edge.request(`${MEDIA}?format=original`);
    expect(response.headers.get('content-type')).toBe('video/x-matroska');
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="${PATH.slice(-34)}.mkv"; filename*=UTF-8''c%C3%A2mera%201%20${PATH.slice(-34)}.mkv`,
    );
    expect(await readBytes(response)).toEqual(bytes);
  });

  it.each([
    { name: 'H264', bytes: readSeedMedia('h264'), type: 'video/x-matroska' },
    { name: 'PCMU', bytes: readSeedMedia('pcmu'), type: 'audio/x-matroska' },
    { name: 'VP8 without Cues', bytes: withoutCues(readSeedMedia('vp8')), type: 'video/webm' },
  ])('?format=matroska serves $name in place, without a scan', async ({ bytes, type }) => {
    const edge = createMediaEdge(bytes);
    const response = await edge.request(`${MEDIA}?format=matroska`, { headers: { range: 'bytes=0-0' } });
    expect(response.headers.get('content-type')).toBe(type);
    expect(response.headers.get('content-range')).toBe(`bytes 0-0/${bytes.byteLength}`);
    await readBytes(response);
    expect(edge.media.ranges).not.toContainEqual({ start: 0, end: bytes.byteLength });
  });

  it.each([
    { name: 'H264', bytes: readSeedMedia('h264'), type: 'video/x-matroska' },
    { name: 'VP8 without Cues', bytes: withoutCues(readSeedMedia('vp8')), type: 'video/x-matroska' },
    { name: 'VP8 with Cues', bytes: readSeedMedia('vp8'), type: 'video/webm' },
  ])('$name above MEDIA_SCAN_MAX is served in place as $type', async ({ bytes, type }) => {
    const edge = createMediaEdge(bytes, {}, { variables: { MEDIA_SCAN_MAX: '65536' } });
    const response = await edge.request(MEDIA);
    expect(response.headers.get('content-type')).toBe(type);
    expect((await readBytes(response)).byteLength).toBe(bytes.byteLength);
  });

  it.each([
    { query: '?format=webm', detail: 'format must be' },
    { query: '?Format=original', detail: 'unknown parameter' },
    { query: '?format=original&format=original', detail: 'repeated' },
    { query: '?download=1', detail: 'unknown parameter' },
  ])('the query $query is rejected with 400 before any read', async ({ query, detail }) => {
    const edge = createMediaEdge(readSeedMedia('vp8'));
    const response = await edge.request(MEDIA + query);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: 'invalid_query',
      detail: expect.stringContaining(detail),
    });
    expect(edge.reads).toEqual([]);
    expect(edge.media.ranges).toEqual([]);
  });
});

describe('the headers of media', () => {
  it('public media may be stored by shared caches, is not a page and is readable by pages', async () => {
    const edge = createMediaEdge(readSeedMedia('vp8'), {}, { variables: { ALLOWED_ORIGINS: '*' } });
    const { headers } = await edge.request(MEDIA);
    expect(Object.fromEntries(headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'cache-control': 'public, max-age=300',
      'content-security-policy': "sandbox allow-same-origin; default-src 'none'; media-src 'self'",
      'cross-origin-resource-policy': 'cross-origin',
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
      etag: expect.stringMatching(/^"[\da-f]{32}"$/),
    });
  });

  it('HEAD has the headers of GET and no body', async () => {
    const edge = createMediaEdge(readSeedMedia('h264'));
    const get = await edge.request(MEDIA);
    await readBytes(get);
    const head = await edge.request(MEDIA, { method: 'HEAD', headers: { range: 'bytes=0-9' } });
    expect(head.status).toBe(200);
    expect(head.body).toBeNull();
    expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'));
    expect(head.headers.get('etag')).toBe(get.headers.get('etag'));
  });

  it('the ETag depends on the representation, the file and its ETag at the storage', async () => {
    const edge = createMediaEdge(readSeedMedia('h264'));
    const etag = async (query = '') => {
      const response = await edge.request(MEDIA + query, { method: 'HEAD' });
      return response.headers.get('etag');
    };
    const first = await etag();
    expect(await etag()).toBe(first);
    const others = [await etag('?format=matroska'), await etag('?format=original')];
    edge.media.etag = '"other"';
    await edge.clock.advance(3_600_000);
    others.push(await etag());
    expect(new Set([first, ...others]).size).toBe(4);
  });

  it.each([
    { name: 'media without an ETag of its storage has none', etag: null },
    { name: 'media with a weak ETag of its storage has none', etag: 'W/"weak"' },
  ])('$name', async ({ etag }) => {
    const edge = createMediaEdge(readSeedMedia('vp8'));
    edge.media.etag = etag;
    const response = await edge.request(MEDIA, { headers: { range: 'bytes=0-9', 'if-range': '"any"' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).toBeNull();
  });
});

describe('ranges of media', () => {
  const VP8: Bytes = readSeedMedia('vp8');

  it('an open-ended range of a media element is answered with a piece', async () => {
    const edge = createMediaEdge(VP8, {}, { variables: { MEDIA_PIECE: '65536' } });
    const request = async (range: string, destination: string, query = '') => {
      const headers = { range, 'sec-fetch-dest': destination };
      const response = await edge.request(MEDIA + query, { headers });
      return (await readBytes(response)).byteLength;
    };
    expect(await request('bytes=0-', 'video')).toBe(65_536);
    expect(await request('bytes=500-', 'audio')).toBe(65_536);
    expect(await request('bytes=0-99999', 'video')).toBe(100_000);
    expect(await request('bytes=0-', 'empty')).toBe(VP8.byteLength);
    expect(await request('bytes=0-', 'video', '?format=original')).toBe(VP8.byteLength);
  });

  it('a piece is not stored, so that the next request of the element does not wait for the cache', async () => {
    const edge = createMediaEdge(VP8);
    const readCacheControl = async (range: string) => {
      const response = await edge.request(MEDIA, { headers: { range, 'sec-fetch-dest': 'video' } });
      await readBytes(response);
      return response.headers.get('cache-control');
    };
    expect(await readCacheControl('bytes=0-')).toBe('no-store');
    expect(await readCacheControl('bytes=0-99')).toBe('public, max-age=300');
  });

  it('a range after the end is 416 with the length', async () => {
    const edge = createMediaEdge(VP8);
    const response = await edge.request(MEDIA, { headers: { range: `bytes=${VP8.byteLength}-` } });
    expect(response.status).toBe(416);
    expect(response.headers.get('content-range')).toBe(`bytes */${VP8.byteLength}`);
    expect(await response.json()).toMatchObject({ error: 'range_not_satisfiable' });
  });

  it('several ranges are answered with the whole', async () => {
    const response = await createMediaEdge(VP8).request(MEDIA, { headers: { range: 'bytes=0-1,5-6' } });
    expect(response.status).toBe(200);
  });

  it('If-None-Match with the ETag is 304, and If-Match with another one 412', async () => {
    const edge = createMediaEdge(VP8);
    const etag = (await edge.request(MEDIA, { method: 'HEAD' })).headers.get('etag') ?? '';
    const notModified = await edge.request(MEDIA, { headers: { 'if-none-match': etag } });
    expect([notModified.status, notModified.headers.get('etag'), notModified.body]).toEqual([
      304,
      etag,
      null,
    ]);
    const failed = await edge.request(MEDIA, { headers: { 'if-match': '"other"' } });
    expect([failed.status, (await failed.json()).error]).toEqual([412, 'precondition_failed']);
  });

  it('If-Range with the ETag gives the range, and after a change of the file the whole new file', async () => {
    const edge = createMediaEdge(VP8);
    const etag = (await edge.request(MEDIA, { method: 'HEAD' })).headers.get('etag') ?? '';
    const headers = { range: 'bytes=10-19', 'if-range': etag };
    expect((await edge.request(MEDIA, { headers })).status).toBe(206);
    edge.media.bytes = readSeedMedia('opus');
    edge.media.etag = '"new"';
    await edge.clock.advance(3_600_000);
    const response = await edge.request(MEDIA, { headers });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('audio/webm');
    expect((await readBytes(response)).byteLength).toBe(Number(response.headers.get('content-length')));
  });

  it('a file that changed since its head was read is served as it is now', async () => {
    const edge = createMediaEdge(VP8);
    await edge.request(MEDIA, { method: 'HEAD' });
    edge.media.bytes = readSeedMedia('opus');
    edge.media.etag = '"new"';
    const response = await edge.request(MEDIA);
    expect(response.headers.get('content-type')).toBe('audio/webm');
    expect((await readBytes(response)).byteLength).toBe(Number(response.headers.get('content-length')));
  });
});
