// Runs with the packed package on every runtime. It is not TypeScript, because Node 20 does not run TypeScript.
import { stdout } from 'node:process';
import {
  RecordingsError,
  createRecordingsClient,
  isRecordingSid,
  isRoomSid,
  parseRecordingPage,
  parseRoomRecording,
  parseRecordingResponse,
  roomRecordingSchema,
} from '@room-recordings/core';
import { signRecordingUrl, signRoomUrl, verifyUrl } from '@room-recordings/core/signing';

const roomSid = 'RMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
const sid = 'RTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
const url = `https://video.twilio.com/v1/Rooms/${roomSid}/Recordings/${sid}`;
const example = {
  account_sid: 'ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  status: 'processing',
  date_created: '2015-07-30T20:00:00Z',
  sid,
  source_sid: 'MTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  size: 0,
  type: 'audio',
  duration: 0,
  container_format: 'mka',
  codec: 'opus',
  track_name: 'A name',
  offset: 10,
  grouping_sids: { room_sid: roomSid },
  media_external_location: 'https://my-super-duper-bucket.s3.amazonaws.com/my/path/',
  room_sid: roomSid,
  url,
  links: { media: `${url}/Media` },
};

const respondWith = (body) => async () => Response.json(body);
const codeAndPaths = (error) =>
  error instanceof RecordingsError
    ? { code: error.code, paths: error.issues.map(({ path }) => path.join('.')) }
    : String(error);
const settle = (promise) => promise.then((read) => read.codec, codeAndPaths);

const { sid: _, ...nameless } = example;
const standard = roomRecordingSchema['~standard'];
const validated = await standard.validate({ ...example, date_created: '2015-06-31T20:00:00Z' });

const keys = [{ id: 'k', secret: 'smoke'.repeat(7) }];
const now = Date.UTC(2026, 2, 2);
const signed = await signRecordingUrl(url, { keys, expiresIn: 60, now });

const completed = { ...example, status: 'completed' };
const pageOf = (recording, next_page_url) => ({ recordings: [recording], meta: { page: 0, next_page_url } });
const timeline = {
  room_sid: roomSid,
  start: 1.5,
  end: 9,
  tracks: [{ sid, type: 'audio', codec: 'OPUS', status: 'completed', start: 1.5, end: 9, sources: [] }],
};
const stored = 'https://bucket.example.com/a';
const server = createRecordingsClient({
  fetch: async (requestUrl, { headers }) => {
    const { pathname, searchParams, host } = new URL(requestUrl);
    if (host === 'bucket.example.com') return new Response(`sent ${Object.keys(headers).join(',')}`);
    if (pathname.endsWith('/Media')) return Response.json({}, { status: 302, headers: { Location: stored } });
    if (pathname.endsWith('/Timeline')) return Response.json(timeline);
    if (pathname.endsWith(sid)) return Response.json(completed);
    return Response.json(searchParams.has('Page') ? pageOf('x', null) : pageOf(completed, `${url}?Page=1`));
  },
  auth: () => 'Bearer x',
});
const listed = [];
for await (const recording of server.list(roomSid)) listed.push(recording.sid);
const media = await server.media(roomSid, sid, { range: 'bytes=0-' });
const signedRoom = await signRoomUrl(new URL(`/v1/Rooms/${roomSid}`, url).href, { keys, expiresIn: 60, now });
const mediaOfRoom = `${url}/Media${new URL(signedRoom).search}&format=original`;

stdout.write(
  `${JSON.stringify(
    {
      parsed: parseRoomRecording(JSON.parse(JSON.stringify(example))),
      guards: [isRoomSid(roomSid), isRoomSid(sid), isRecordingSid(sid)],
      read: await settle(parseRecordingResponse(Response.json(example), { roomSid, sid })),
      missingSid: await settle(parseRecordingResponse(Response.json(nameless), { roomSid, sid })),
      client: await settle(createRecordingsClient({ fetch: respondWith(example) }).fetch(roomSid, sid)),
      notASid: await settle(createRecordingsClient({ fetch: respondWith(example) }).fetch('my-room', sid)),
      listed,
      page: parseRecordingPage(pageOf({ ...example, size: -1 }, null), roomSid),
      timeline: await server.timeline(roomSid),
      media: await media.text(),
      ready: (await server.waitUntilReady(roomSid, sid)).status,
      signed,
      opened: (await verifyUrl(mediaOfRoom, { keys, now })).path,
      verified: await verifyUrl(signed, { keys, now }),
      standard: {
        version: standard.version,
        vendor: standard.vendor,
        issues: validated.issues?.map(({ message, path }) => [path?.map(({ key }) => key), message]),
      },
    },
    undefined,
    2,
  )}\n`,
);
