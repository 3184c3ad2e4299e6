import { NOW } from '@room-recordings/testing/fake-clock';
import { describe, expect, it, vi } from 'vitest';
import { ROOM_SID } from '../support/recording.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { createHelperTokens, signTokenTexts } from './helper-tokens.ts';
import { tokenStatus, roomResponse } from './helpers.ts';
import { ACCOUNT, API_KEY, API_SECRET, NOW_SECONDS, TWILIO_ACCESS, createTwilioToken } from './tokens.ts';

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const values = { apiKey: API_KEY, account: ACCOUNT, seconds: NOW_SECONDS };
const sidTokens = createHelperTokens({ ...values, room: ROOM_SID });
const NAME = 'daily/stand-up';
const nameTokens = createHelperTokens({ ...values, room: NAME });

describe('a Video Access Token in the form of a helper library', () => {
  it.each(sidTokens)('of $name is accepted for the room with its SID', async (texts) => {
    expect(
      await tokenStatus(createTestEdge(undefined, TWILIO_ACCESS), await signTokenTexts(texts, API_SECRET)),
    ).toBe('200');
  });

  it.each(nameTokens)('of $name is accepted for the room with its unique name', async (texts) => {
    const fetch = async () => roomResponse(ROOM_SID, { unique_name: NAME });
    const edge = createTestEdge(undefined, { ...TWILIO_ACCESS, TWILIO_TOKEN_ROOM: 'name' }, { fetch });
    expect(await tokenStatus(edge, await signTokenTexts(texts, API_SECRET))).toBe('200');
  });

  it.each(sidTokens)('of $name is rejected after it has expired', async (texts) => {
    const edge = createTestEdge(undefined, TWILIO_ACCESS, { now: () => NOW + 3_601_000 });
    expect(await tokenStatus(edge, await signTokenTexts(texts, API_SECRET))).toBe('401 token_expired');
  });

  it.each(sidTokens)('of $name is rejected if another secret signed it', async (texts) => {
    const token = await signTokenTexts(texts, `${API_SECRET}x`);
    expect(await tokenStatus(createTestEdge(undefined, TWILIO_ACCESS), token)).toBe('401 token_invalid');
  });

  it('of twilio-node equals the output of the twilio package', async () => {
    const [node] = sidTokens;
    expect(node?.name).toBe('twilio-node');
    expect(node && (await signTokenTexts(node, API_SECRET))).toBe(createTwilioToken());
  });
});
