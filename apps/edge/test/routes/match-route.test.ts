import { describe, expect, it } from 'vitest';
import { matchRoute } from '../../src/routes/router.ts';
import { PATH, ROOM_SID, SID } from '../support/recording.ts';

const UPPER_CASE_PATH = `/v1/Rooms/RM${'A'.repeat(32)}/Recordings/RT${'A'.repeat(32)}`;

describe('matchRoute()', () => {
  it.each([
    { name: 'a recording', path: PATH, route: { name: 'recording', id: { roomSid: ROOM_SID, sid: SID } } },
    {
      name: 'a recording with upper-case SIDs, folded to lower case',
      path: UPPER_CASE_PATH,
      route: { name: 'recording', id: { roomSid: ROOM_SID, sid: SID } },
    },
    {
      name: 'the media of a recording',
      path: `${PATH}/Media`,
      route: { name: 'media', id: { roomSid: ROOM_SID, sid: SID } },
    },
    {
      name: 'the recordings of a room',
      path: `/v1/Rooms/${ROOM_SID}/Recordings`,
      route: { name: 'list', id: { roomSid: ROOM_SID } },
    },
    {
      name: 'the timeline of a room',
      path: `/v1/Rooms/${ROOM_SID}/Timeline`,
      route: { name: 'timeline', id: { roomSid: ROOM_SID } },
    },
    { name: '/healthz', path: '/healthz', route: { name: 'healthz' } },
    { name: '/readyz', path: '/readyz', route: { name: 'readyz' } },
    { name: '/errors', path: '/errors', route: { name: 'errors' } },
    { name: '/openapi.json', path: '/openapi.json', route: { name: 'openapi' } },
  ])('returns the route of $name', ({ path, route }) => {
    expect(matchRoute(path)).toEqual(route);
  });

  it.each([
    { name: 'a SID of 31 digits', path: `/v1/Rooms/${ROOM_SID}/Recordings/${SID.slice(0, -1)}` },
    { name: 'a SID of 33 digits', path: `/v1/Rooms/${ROOM_SID}/Recordings/${SID}a` },
    { name: 'a lower-case prefix', path: `/v1/Rooms/${ROOM_SID.replace('RM', 'rm')}/Recordings/${SID}` },
    { name: 'digits that are not hexadecimal', path: `/v1/Rooms/${ROOM_SID}/Recordings/RT${'g'.repeat(32)}` },
    { name: 'an extension', path: `${PATH}.json` },
    { name: 'a matrix parameter', path: `${PATH};x=1` },
    { name: 'two SIDs in the wrong order', path: `/v1/Rooms/${SID}/Recordings/${ROOM_SID}` },
    { name: 'the unique name of a room', path: `/v1/Rooms/daily-standup/Recordings/${SID}` },
    { name: 'an encoded letter', path: `/v1/Rooms/${ROOM_SID}/Recordings/%52T${'a'.repeat(32)}` },
    { name: 'an invalid percent-encoding', path: `/v1/Rooms/${ROOM_SID}/Recordings/%C0%AF` },
    { name: 'a lone percent sign', path: `/v1/Rooms/%/Recordings/${SID}` },
    { name: 'an encoded line feed', path: `${PATH}%0A.css` },
  ])('returns the recording route without an id for $name', ({ path }) => {
    expect(matchRoute(path)).toEqual({ name: 'recording', id: undefined });
  });

  it.each([
    { name: 'media', path: `${PATH}0/Media`, route: 'media' },
    { name: 'a list', path: '/v1/Rooms/daily-standup/Recordings', route: 'list' },
    { name: 'a timeline', path: `/v1/Rooms/${SID}/Timeline`, route: 'timeline' },
  ])('returns the route of $name without an id for a segment that is not a SID', ({ path, route }) => {
    expect(matchRoute(path)).toEqual({ name: route, id: undefined });
  });

  it.each([
    { name: 'media with a trailing slash', path: `${PATH}/Media/` },
    { name: 'a list with a trailing slash', path: `/v1/Rooms/${ROOM_SID}/Recordings/` },
    { name: 'a timeline with a further segment', path: `/v1/Rooms/${ROOM_SID}/Timeline/x` },
    { name: 'a room', path: `/v1/Rooms/${ROOM_SID}` },
    { name: 'a trailing slash', path: `${PATH}/` },
    { name: 'an empty segment', path: `/v1//Rooms/${ROOM_SID}/Recordings/${SID}` },
    { name: 'an empty SID', path: `/v1/Rooms//Recordings/${SID}` },
    { name: 'a path that begins with an authority', path: `//evil.example${PATH}` },
    { name: 'a further segment', path: `${PATH}/x.css` },
    { name: 'a path in other letter case', path: PATH.replace('Rooms', 'rooms') },
    { name: 'another version', path: PATH.replace('/v1/', '/v2/') },
    { name: 'another resource of a room', path: `/v1/Rooms/${ROOM_SID}/Participants` },
    { name: 'the root', path: '/' },
    { name: '/healthz/', path: '/healthz/' },
    { name: '/readyz/', path: '/readyz/' },
  ])('returns undefined for $name', ({ path }) => {
    expect(matchRoute(path)).toBeUndefined();
  });
});
