import { describe, expect, it, vi } from 'vitest';
import { NOW } from '@room-recordings/testing/fake-clock';
import { createTestEdge } from '../support/test-edge.ts';
import { ROOM_SID } from '../support/recording.ts';
import { judge } from './asking.ts';
import { helperTokens, signTexts } from './helper-tokens.ts';
import { room } from './rooms.ts';
import { ACCOUNT, API_KEY, API_SECRET, NOW_SECONDS, TWILIO_ACCESS, twilioToken } from './tokens.ts';

// Twilio's package reads the clock of the process.
vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const values = { apiKey: API_KEY, account: ACCOUNT, seconds: NOW_SECONDS };
const ofRoom = helperTokens({ ...values, room: ROOM_SID });
const NAME = 'daily/stand-up';
const ofName = helperTokens({ ...values, room: NAME });

describe('a Video Access Token in the form of a helper library', () => {
  it.each(ofRoom)('$name: grants the room with its SID', async (texts) => {
    expect(await judge(createTestEdge(undefined, TWILIO_ACCESS), await signTexts(texts, API_SECRET))).toBe(
      '200',
    );
  });

  it.each(ofName)('$name: grants the room with its unique name', async (texts) => {
    const fetch = async () => room(ROOM_SID, { unique_name: NAME });
    const edge = createTestEdge(undefined, { ...TWILIO_ACCESS, TWILIO_TOKEN_ROOM: 'name' }, { fetch });
    expect(await judge(edge, await signTexts(texts, API_SECRET))).toBe('200');
  });

  it.each(ofRoom)('$name: is rejected after it has expired', async (texts) => {
    const late = createTestEdge(undefined, TWILIO_ACCESS, { now: () => NOW + 3_601_000 });
    expect(await judge(late, await signTexts(texts, API_SECRET))).toBe('401 token_expired');
  });

  it.each(ofRoom)('$name: is rejected if another secret signed it', async (texts) => {
    const token = await signTexts(texts, `${API_SECRET}x`);
    expect(await judge(createTestEdge(undefined, TWILIO_ACCESS), token)).toBe('401 token_invalid');
  });

  it('twilio-node: the text equals the output of the twilio package', async () => {
    const [node] = ofRoom;
    expect(node?.name).toBe('twilio-node');
    expect(node && (await signTexts(node, API_SECRET))).toBe(twilioToken());
  });
});
