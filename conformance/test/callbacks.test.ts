import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const FILE = new URL('../fixtures/callbacks/recording-completed.json', import.meta.url);

interface RecordedCallback {
  readonly name: string;
  readonly source: string;
  readonly request: {
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
}

const callback = JSON.parse(readFileSync(FILE, 'utf8')) as RecordedCallback;

test('the recorded callback has a source and a request', () => {
  expect(callback).toEqual({
    name: 'A recording-completed callback',
    source: expect.stringContaining('Twilio'),
    request: {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: expect.any(String),
    },
  });
});

test('the recorded callback has the captured parameters only', () => {
  const { body } = callback.request;
  const parameters = new URLSearchParams(body);
  expect(parameters.toString()).toBe(body);
  expect(Object.fromEntries(parameters)).toMatchObject({
    MediaUri: `/v1/Recordings/${parameters.get('RecordingSid')}/Media`,
    RecordingUri: `/v1/Recordings/${parameters.get('RecordingSid')}`,
    Size: '105956',
    Duration: '3',
    StatusCallbackEvent: 'recording-completed',
    Timestamp: '2020-08-20T01:42:05.839174Z',
    Codec: 'vp8',
    Container: 'mkv',
    RoomType: 'group-small',
    OffsetFromTwilioVideoEpoch: '155137307765',
  });
  for (const absent of ['Type', 'RoomStatus', 'SequenceNumber']) expect(parameters.has(absent)).toBe(false);
});

test('the SIDs of the recorded callback have two letters and 32 hexadecimal digits', () => {
  const parameters = new URLSearchParams(callback.request.body);
  const sids = [...parameters].filter(([name]) => name.endsWith('Sid')).map(([, sid]) => sid);
  expect(sids).toHaveLength(5);
  for (const sid of sids) expect(sid).toMatch(/^(?:AC|MT|PA|RM|RT)[0-9a-f]{32}$/);
});
