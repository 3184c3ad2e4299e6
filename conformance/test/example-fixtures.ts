import type { Fixture } from '../src/fixture.ts';

/** The recording of the example fixture. */
export const recording: Readonly<Record<string, unknown>> = {
  account_sid: null,
  status: 'completed',
  date_created: null,
  sid: 'RT00000000000000000000000000000001',
  source_sid: null,
  size: null,
  url: null,
  type: 'audio',
  duration: null,
  container_format: 'mka',
  codec: 'OPUS',
  grouping_sids: null,
  track_name: null,
  offset: null,
  media_external_location: null,
  room_sid: 'RM00000000000000000000000000000001',
  links: null,
};

/** A fixture with `recording` as its expected result. */
export const recordingFixture: Fixture = {
  name: 'a recording is parsed',
  source: 'written for the tests of the suite',
  request: { roomSid: 'RM00000000000000000000000000000001', sid: 'RT00000000000000000000000000000001' },
  response: { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(recording) },
  expect: { recording },
};

/** A fixture with a page of one recording as its expected result. */
export const pageFixture: Fixture = {
  name: 'a page is parsed',
  source: 'written for the tests of the suite',
  request: { roomSid: 'RM00000000000000000000000000000001' },
  response: { status: 200, headers: {}, body: JSON.stringify({ recordings: [recording], meta: {} }) },
  expect: {
    page: {
      recordings: [recording],
      meta: {
        key: 'recordings',
        page: null,
        page_size: null,
        url: null,
        first_page_url: null,
        previous_page_url: null,
        next_page_url: null,
      },
    },
  },
};

/** A fixture with an error as its expected result. */
export const errorFixture: Fixture = {
  ...recordingFixture,
  name: 'a 429 is an error',
  response: { status: 429, headers: { 'Retry-After': '7' }, body: '' },
  expect: {
    error: {
      code: 'rate_limited',
      status: 429,
      retryAfter: 7,
      paths: [],
      message: 'The server responded with status 429.',
    },
  },
};
