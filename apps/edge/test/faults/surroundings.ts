import { openDeadEnds } from './dead-ends.ts';
import { startFakeTwilio } from './fake-twilio.ts';
import type { Addresses } from './row.ts';

/** All that the faults need, listening on ports of this machine. */
export interface OpenSurroundings {
  readonly addresses: Addresses;
  stop(): Promise<void>;
}

/** Opens them. */
export async function openSurroundings(): Promise<OpenSurroundings> {
  const twilio = await startFakeTwilio();
  const { stop, ...deadEnds } = await openDeadEnds();
  return {
    addresses: { ...deadEnds, twilio: twilio.origin },
    async stop() {
      await Promise.all([twilio.stop(), stop()]);
    },
  };
}
