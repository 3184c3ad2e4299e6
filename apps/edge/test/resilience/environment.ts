import process from 'node:process';
import type { Certificate } from './certificates.ts';
import { openDeadEnds } from './unreachable-servers.ts';
import { startFakeTwilio } from '@room-recordings/testing/fake-twilio';
import type { Addresses } from './fault.ts';

/** All that the faults need, listening on ports of this machine. */
export interface OpenSurroundings {
  readonly addresses: Addresses;
  stop(): Promise<void>;
}

/**
 * Opens them.
 *
 * @param authority the one that the runtimes are told to trust.
 */
export async function openSurroundings(authority: Certificate): Promise<OpenSurroundings> {
  // A name that nobody knows is asked for again and again: a resolver that does not answer is not waited for (resolv.conf(5)).
  process.env['RES_OPTIONS'] ??= 'timeout:1 attempts:1';
  const twilio = await startFakeTwilio();
  const { stop, ...deadEnds } = await openDeadEnds(authority, twilio.serve);
  return {
    addresses: { ...deadEnds, twilio: twilio.origin, keepAliveTwilio: twilio.keepAliveOrigin },
    async stop() {
      await Promise.all([twilio.stop(), stop()]);
    },
  };
}
