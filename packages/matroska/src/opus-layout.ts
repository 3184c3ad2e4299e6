import type { MatroskaHead, MatroskaIndex } from './types.ts';

/** Bytes of a packet of silence, without its block header. */
export const SILENCE_PACKET_BYTES = 3;
/** Cluster (4), its size (4), and Timestamp with 8 bytes (10). */
const CLUSTER_HEADER_BYTES = 18;
/** SimpleBlock (1), its size (4), the track (1), the relative timestamp (2) and flags (1). */
export const BLOCK_HEADER_BYTES = 9;

const SILENCE_NANOSECONDS = 20e6;
/** The longest packet of Opus (RFC 6716 §3.2). */
const MAX_PACKET_NANOSECONDS = 120e6;
/** The maximum length of a cluster, so that a seek is precise. */
const CLUSTER_NANOSECONDS = 500e6;
/** Relative timestamps have 16 bits and a sign. */
const MAX_RELATIVE_TICKS = 2 ** 15 - 1;
/** Packets of 24 hours, the longest room. A hostile timestamp could ask for any number. */
const MAX_SILENCE_PACKETS = 4_320_000;

/** A made cluster: frames of the file, or silence. */
export interface OpusCluster {
  /** The offset in the made body, bytes. */
  readonly position: number;
  /** Ticks, as the file has them. */
  readonly timestamp: number;
  /** The first frame; -1 for silence. */
  readonly firstFrame: number;
  /** Frames, or packets of silence. */
  readonly count: number;
}

/** The clusters of an Opus track without gaps. */
export interface OpusLayout {
  readonly clusters: readonly OpusCluster[];
  /** Bytes of all clusters. */
  readonly length: number;
  /** Ticks of a packet of silence. */
  readonly silenceTicks: number;
}

/**
 * Computes the clusters of an Opus track whose gaps have packets of silence. A sender that mutes its microphone leaves a gap, and one
 * that uses DTX leaves many of 0.4 s. Chromium plays the packets without a pause, so that it would be ahead after each gap.
 */
export function createOpusLayout(head: MatroskaHead, { frames }: MatroskaIndex): OpusLayout {
  const silenceTicks = SILENCE_NANOSECONDS / head.timestampScale;
  const clusterTicks = Math.min(CLUSTER_NANOSECONDS / head.timestampScale, MAX_RELATIVE_TICKS);
  const packetTicks = findPacketTicks(head, frames.timestamps);
  const clusters: OpusCluster[] = [];
  let position = 0;
  /** The first frame of the open cluster, and the bytes of its frames. */
  let firstFrame = 0;
  let bytes = 0;

  function closeCluster(count: number, timestamp: number, first: number, payloadBytes: number): void {
    if (count === 0) return;
    clusters.push({ position, timestamp, firstFrame: first, count });
    position += CLUSTER_HEADER_BYTES + count * BLOCK_HEADER_BYTES + payloadBytes;
  }
  function closeFrames(next: number): void {
    closeCluster(next - firstFrame, frames.timestamps[firstFrame] ?? 0, firstFrame, bytes);
    firstFrame = next;
    bytes = 0;
  }
  function addSilence(from: number, packets: number): void {
    const perCluster = Math.max(1, Math.floor(clusterTicks / silenceTicks));
    for (let added = 0; added < packets; added += perCluster) {
      const count = Math.min(perCluster, packets - added);
      closeCluster(count, Math.round(from + added * silenceTicks), -1, count * SILENCE_PACKET_BYTES);
    }
  }

  /** The time that a decoder has reached, which counts the packets only. */
  let decoded = frames.timestamps[0] ?? 0;
  let silencePackets = 0;
  for (let row = 0; row < frames.length; row += 1) {
    const timestamp = frames.timestamps[row] ?? 0;
    const interval = timestamp - (frames.timestamps[row - 1] ?? timestamp);
    const missing = Math.round((timestamp - decoded) / silenceTicks);
    const isGap = missing > 0 && interval - packetTicks > silenceTicks / 2;
    if (isGap && silencePackets + missing <= MAX_SILENCE_PACKETS) {
      silencePackets += missing;
      closeFrames(row);
      addSilence(timestamp - missing * silenceTicks, missing);
      decoded += missing * silenceTicks;
    } else if (Math.abs(timestamp - (frames.timestamps[firstFrame] ?? 0)) >= clusterTicks) {
      closeFrames(row);
    }
    bytes += frames.sizes[row] ?? 0;
    decoded += packetTicks;
  }
  closeFrames(frames.length);
  return { clusters, length: position, silenceTicks };
}

/** Finds the most frequent interval that a packet can last, in ticks. A track of DTX alone has none. */
function findPacketTicks({ timestampScale }: MatroskaHead, timestamps: Float64Array): number {
  // Packets last multiples of 2.5 ms, and those of calls multiples of 10 ms.
  const step = 10e6 / timestampScale;
  const counts = new Uint32Array(1 + MAX_PACKET_NANOSECONDS / 10e6);
  for (let row = 1; row < timestamps.length; row += 1) {
    const steps = Math.round(((timestamps[row] ?? 0) - (timestamps[row - 1] ?? 0)) / step);
    if (steps > 0 && steps < counts.length) counts[steps] = (counts[steps] ?? 0) + 1;
  }
  const most = Math.max(...counts);
  return step * (most === 0 ? 2 : counts.indexOf(most));
}

/**
 * Returns whether an Opus track needs `createOpusFile`, as far as its Cues show. GStreamer writes a point for each packet, so that a gap is
 * visible there. Cues that are too large to be read have so many points, too.
 *
 * @returns false if a gap would not be visible.
 */
export function mayHaveGaps({ cuePoints, cues, timestampScale }: MatroskaHead): boolean {
  if (cuePoints.length === 0) return cues !== null;
  const timestamps = Float64Array.from(cuePoints, ({ timestamp }) => timestamp).toSorted();
  const intervals = timestamps.slice(1).map((timestamp, nth) => timestamp - (timestamps[nth] ?? 0));
  const usual = intervals.toSorted()[intervals.length >> 1] ?? Infinity;
  if (usual * timestampScale > MAX_PACKET_NANOSECONDS) return false;
  return intervals.some((interval) => (interval - usual) * timestampScale > SILENCE_NANOSECONDS / 2);
}
