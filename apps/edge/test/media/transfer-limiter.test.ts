import { describe, expect, it } from 'vitest';
import {
  MAX_TRANSFERS,
  MAX_TRANSFERS_PER_CLIENT,
  TransferLimiter,
  UNSHARED_TRANSFERS,
} from '../../src/media/transfer-limiter.ts';

function createLimiter() {
  let time = 0;
  const limiter = new TransferLimiter(() => time);
  return {
    limiter,
    advance: (ms: number) => (time += ms),
    fill: (client: string, count: number) =>
      Array.from({ length: count }, () => limiter.acquire(client)).filter((permit) => permit !== undefined),
  };
}

describe('TransferLimiter', () => {
  it('one client may use half of the transfers', () => {
    const { fill } = createLimiter();
    expect(fill('a', MAX_TRANSFERS)).toHaveLength(UNSHARED_TRANSFERS);
  });

  it('each client has a limit while more than half of the transfers are in use', () => {
    const { fill } = createLimiter();
    fill('a', MAX_TRANSFERS);
    expect(fill('b', MAX_TRANSFERS)).toHaveLength(MAX_TRANSFERS_PER_CLIENT);
    expect(fill('c', 1)).toHaveLength(1);
  });

  it('the process has a limit whatever the number of clients', () => {
    const { limiter } = createLimiter();
    const permits = Array.from({ length: MAX_TRANSFERS + 1 }, (_, index) =>
      limiter.acquire(`client ${index}`),
    );
    expect(permits.slice(0, -1)).not.toContain(undefined);
    expect(permits.at(-1)).toBeUndefined();
  });

  it('a released transfer does not count', () => {
    const { limiter, fill } = createLimiter();
    const permits = fill('a', MAX_TRANSFERS);
    expect(limiter.acquire('a')).toBeUndefined();
    permits[0]?.release();
    permits[0]?.release();
    expect(limiter.acquire('a')).toBeDefined();
    expect(limiter.acquire('a')).toBeUndefined();
  });

  it('a transfer without progress for five minutes does not count', () => {
    const { limiter, fill, advance } = createLimiter();
    const permits = fill('a', UNSHARED_TRANSFERS);
    advance(200_000);
    permits[0]?.touch();
    advance(100_000);
    expect(fill('a', MAX_TRANSFERS)).toHaveLength(UNSHARED_TRANSFERS - 1);
    expect(limiter.acquire('a')).toBeUndefined();
  });
});
