import { CLIENT_PARAMETER } from '../media/media-url.ts';
import type { MediaFormat } from '../media/representations.ts';
import { SIGNATURE_PARAMETERS } from '../recordings/list-query.ts';

/** The checked query of a media URL, or the reason against it. */
export type MediaQuery = { readonly format: MediaFormat } | { readonly detail: string };

const FORMATS: ReadonlyMap<string, MediaFormat> = new Map([
  ['matroska', 'matroska'],
  ['original', 'original'],
]);

/** Parses the query of a media URL. Names and values are case-sensitive, and each parameter may occur once. */
export function parseMediaQuery(search: string): MediaQuery {
  let format: MediaFormat = 'playable';
  const names = new Set<string>();
  for (const [name, value] of new URLSearchParams(search)) {
    if (names.has(name)) return { detail: 'A query parameter is repeated. Send each parameter once.' };
    names.add(name);
    if (name === 'format') {
      const known = FORMATS.get(value);
      if (known === undefined) {
        return { detail: 'format must be matroska or original. Omit it for media that browsers play.' };
      }
      format = known;
    } else if (name !== CLIENT_PARAMETER && !SIGNATURE_PARAMETERS.has(name)) {
      return { detail: 'The query has an unknown parameter. Media has the parameter format only.' };
    }
  }
  return { format };
}
