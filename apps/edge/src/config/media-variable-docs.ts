import type { ConfigVariableDoc, MediaVariable } from './config-variable.ts';
import { TWILIO_MEDIA_HOSTS } from './media-config.ts';

/** The documentation of the variables of media. */
export const MEDIA_VARIABLE_DOCS: Readonly<Record<MediaVariable, ConfigVariableDoc>> = {
  MEDIA: {
    group: 'Media',
    format: '`proxy`, `redirect` or `off`',
    description:
      'How the edge serves media. `proxy` serves the bytes in a form that browsers play. `redirect` sends clients to the storage of Twilio, and requires the source `twilio`. `off` serves no media.',
  },
  MEDIA_PATH: {
    group: 'Media',
    format: 'path',
    description:
      'The folder with the media of the source `archive`, relative to `apps/edge`. The file of a recording is `{RoomSid}/{Sid}` in it, without an extension and with lower-case hexadecimal digits. On Cloudflare the R2 binding `MEDIA_BUCKET` replaces it.',
  },
  MEDIA_HOSTS: {
    group: 'Media',
    format: '`host` or `host:port`, separated by commas',
    description:
      'The hosts of the storage that Twilio may redirect to, without wildcards. A loopback host needs its port, and only such a host may use http.',
    defaultText: TWILIO_MEDIA_HOSTS.split(',')
      .map((host) => `\`${host}\``)
      .join(', '),
  },
  MEDIA_PIECE: {
    group: 'Media',
    format: 'bytes, 65536 or more',
    description:
      'The maximum length of a response to a media element that requests a range without an end. Small responses let all tracks of a room start over HTTP/1.1.',
  },
  MEDIA_SCAN_MAX: {
    group: 'Media',
    format: 'bytes, 65536 or more',
    description:
      'The size of the largest file that the edge reads completely, once, so that H264, PCMU and files without an index play and seek everywhere.',
  },
  MEDIA_URL_SECONDS: {
    group: 'Media',
    format: 'seconds, 1 to 86400',
    description: 'The validity of the signed media URLs in a timeline.',
  },
};
