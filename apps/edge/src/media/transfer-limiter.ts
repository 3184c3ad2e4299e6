/** Concurrent transfers of a process or isolate. Each one holds a connection to the storage and one chunk. */
export const MAX_TRANSFERS = 200;

/** The transfers above which each client has a limit of its own. */
export const UNSHARED_TRANSFERS = 100;

/** The concurrent transfers of a client while more than `UNSHARED_TRANSFERS` are in use. A room of ten tracks needs ten. */
export const MAX_TRANSFERS_PER_CLIENT = 32;

/** Milliseconds without progress after which a transfer is not counted: Workers may cancel a request without a trace. */
const LOST_TRANSFER_MS = 300_000;

/** A transfer that counts until it is released. */
export interface TransferPermit {
  /** Records that bytes were read, so that the transfer does not count as lost. */
  touch(): void;
  /** Ends the transfer. A second call has no effect. */
  release(): void;
}

interface Transfer {
  readonly client: string;
  /** Milliseconds of the monotonic clock. */
  usedAt: number;
}

/** Limits the media responses that are sent at the same time. A response to HEAD or from memory needs no transfer. */
export class TransferLimiter {
  readonly #now: () => number;
  readonly #transfers = new Set<Transfer>();

  /** @param now milliseconds of a monotonic clock. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Starts a transfer; returns undefined if the process or the client has reached its limit. */
  acquire(client: string): TransferPermit | undefined {
    if (this.#transfers.size >= UNSHARED_TRANSFERS) this.#dropLost();
    const total = this.#transfers.size;
    if (total >= MAX_TRANSFERS) return undefined;
    if (total >= UNSHARED_TRANSFERS && this.#count(client) >= MAX_TRANSFERS_PER_CLIENT) return undefined;
    const transfer: Transfer = { client, usedAt: this.#now() };
    this.#transfers.add(transfer);
    return {
      touch: () => {
        transfer.usedAt = this.#now();
      },
      release: () => void this.#transfers.delete(transfer),
    };
  }

  #count(client: string): number {
    let count = 0;
    for (const transfer of this.#transfers) if (transfer.client === client) count += 1;
    return count;
  }

  #dropLost(): void {
    for (const transfer of this.#transfers) {
      if (this.#now() - transfer.usedAt >= LOST_TRANSFER_MS) this.#transfers.delete(transfer);
    }
  }
}
