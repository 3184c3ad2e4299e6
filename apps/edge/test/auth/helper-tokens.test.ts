import { describe, expect, it, vi } from 'vitest';
import { NOW } from '@room-recordings/testing/fake-clock';
import { createTestEdge } from '../support/test-edge.ts';
import { ROOM_SID } from '../support/recording.ts';
import { createHelperTokens, signTokenTexts } from './helper-tokens.ts';
import { ACCOUNT, API_KEY, API_SECRET, NOW_SECONDS, TWILIO_ACCESS, createTwilioToken } from './tokens.ts';
import { tokenStatus, roomResponse } from './helpers.ts';

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const values = { apiKey: API_KEY, account: ACCOUNT, seconds: NOW_SECONDS };
const ofRoom = createHelperTokens({ ...values, room: ROOM_SID });
const NAME = 'daily/stand-up';
const ofName = createHelperTokens({ ...values, room: NAME });

describe('a Video Access Token in the form of a helper library', () => {
  it.each(ofRoom)('$name: grants the room with its SID', async (texts) => {
    expect(
      await tokenStatus(createTestEdge(undefined, TWILIO_ACCESS), await signTokenTexts(texts, API_SECRET)),
    ).toBe('200');
  });

  it.each(ofName)('$name: grants the room with its unique name', async (texts) => {
    const fetch = async () => roomResponse(ROOM_SID, { unique_name: NAME });
    const edge = createTestEdge(undefined, { ...TWILIO_ACCESS, TWILIO_TOKEN_ROOM: 'name' }, { fetch });
    expect(await tokenStatus(edge, await signTokenTexts(texts, API_SECRET))).toBe('200');
  });

  it.each(ofRoom)('$name: is rejected after it has expired', async (texts) => {
    const late = createTestEdge(undefined, TWILIO_ACCESS, { now: () => NOW + 3_601_000 });
    expect(await tokenStatus(late, await signTokenTexts(texts, API_SECRET))).toBe('401 token_expired');
  });

  it.each(ofRoom)('$name: is rejected if another secret signed it', async (texts) => {
    const token = await signTokenTexts(texts, `${API_SECRET}x`);
    expect(await tokenStatus(createTestEdge(undefined, TWILIO_ACCESS), token)).toBe('401 token_invalid');
  });

  it('twilio-node: the text equals the output of the twilio package', async () => {
    const [node] = ofRoom;
    expect(node?.name).toBe('twilio-node');
    expect(node && (await signTokenTexts(node, API_SECRET))).toBe(createTwilioToken());
  });
});
