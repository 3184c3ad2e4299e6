import type { RoomRecording } from '@room-recordings/core';
import type { Answer } from './answer.ts';
import { explainFault } from './fault.ts';
import { freshnessOfRecording } from './freshness.ts';
import type { Lifetimes } from './lifetime.ts';
import { makeEtag, represent } from './represent.ts';
import type { RecordingId } from './route.ts';
import type { Source } from './source/source.ts';

/** What one request made the source do. */
export interface SourceUse {
  calls: number;
  /** Milliseconds. */
  ms: number;
  /** What the source threw: for the log alone. */
  fault: unknown;
}

/** What stands behind the cache: a source, and how long its answers live. */
export interface Origin {
  readonly source: Source;
  readonly lifetimes: Lifetimes;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The way down: source, representation, freshness. It knows nothing of who asks. */
export async function readAnswer(
  { source, lifetimes, now }: Origin,
  id: RecordingId,
  publicUrl: string,
  use: SourceUse,
): Promise<Answer> {
  const startedAt = now();
  let recording: RoomRecording;
  try {
    use.calls += 1;
    recording = await source.read(id);
  } catch (fault) {
    use.fault = fault;
    return explainFault(fault, lifetimes);
  } finally {
    use.ms += now() - startedAt;
  }
  const body = represent(recording, id, publicUrl);
  return {
    status: 200,
    body,
    etag: await makeEtag(body),
    cacheControl: freshnessOfRecording(recording.status, lifetimes),
  };
}
