import { describeRecording } from '@room-recordings/testing/fake-twilio';
import {
  startMediaBucket,
  startMediaTwilio,
  type BucketOptions,
  type MediaBucket,
} from '@room-recordings/testing/media-bucket';
import {
  getSampleCodec,
  isSampleAudio,
  makeMediaSample,
  type MediaSample,
} from '@room-recordings/testing/media-samples';
import { SAMPLE_SECONDS } from '@room-recordings/testing/sample-coding';
import { statSync } from 'node:fs';
import { findFreePort, getStartCommand, start, type RuntimeScript } from '../process/edge-process.ts';
import { ROOM_SID } from '../support/recording.ts';

/** An edge in a process of its own, in front of a fake Twilio and a bucket of samples. */
export interface SampleEdge {
  /** The URL of the edge, without a path. */
  readonly address: string;
  readonly bucket: MediaBucket;
  /** Adds a recording with the media of a sample. Returns the media URL of the edge. */
  add(sample: MediaSample): string;
  stop(): Promise<void>;
}

/** Starts the edge with `ACCESS=public`. */
export async function startSampleEdge(
  options: BucketOptions = {},
  script: RuntimeScript = 'start:node',
): Promise<SampleEdge> {
  const [twilio, bucket, port] = await Promise.all([
    startMediaTwilio(),
    startMediaBucket(options),
    findFreePort(),
  ]);
  const address = `http://127.0.0.1:${port}`;
  const variables = {
    RECORDINGS_SOURCE: 'twilio',
    TWILIO_API_KEY: 'SK',
    TWILIO_API_SECRET: 'secret',
    TWILIO_BASE_URL: twilio.origin,
    MEDIA_HOSTS: new URL(bucket.origin).host,
    ACCESS: 'public',
    ALLOWED_ORIGINS: '*',
    PUBLIC_URL: address,
    PORT: String(port),
  };
  const edge = await start(getStartCommand(script), variables, 'listening on');
  let count = 0;
  return {
    address,
    bucket,
    add(sample) {
      const file = makeMediaSample(sample);
      const isAudio = isSampleAudio(sample.track);
      count += 1;
      const sid = `RT${count.toString(16).padStart(32, '0')}`;
      const path = `/v1/Rooms/${ROOM_SID}/Recordings/${sid}`;
      const recording = {
        ...describeRecording(path),
        room_sid: ROOM_SID,
        sid,
        type: isAudio ? 'audio' : 'video',
        codec: getSampleCodec(sample.track),
        container_format: isAudio ? 'mka' : 'mkv',
        size: statSync(file).size,
        duration: SAMPLE_SECONDS,
      };
      twilio.add(recording, bucket.store(`${ROOM_SID}/${sid}`, file));
      return `${address}${path}/Media`;
    },
    async stop() {
      await edge.stop();
      await Promise.all([twilio.stop(), bucket.stop()]);
    },
  };
}
