import type { SigningKey } from '../../src/signing/index.ts';

/** Monday, 2 March 2026, 10:00:00 UTC, in milliseconds. */
export const NOW: number = Date.UTC(2026, 2, 2, 10);

export const KEY: SigningKey = { id: 'march', secret: 'a secret of March, 32 bytes long' };
export const NEXT_KEY: SigningKey = { id: 'april', secret: 'a secret of April, 32 bytes long' };

export const URL_TO_SIGN: string = `https://recordings.example.com/v1/Rooms/RM${'a'.repeat(32)}/Recordings/RT${'b'.repeat(32)}`;
