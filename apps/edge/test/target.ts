import { createRouter, type RecordingTarget } from '../src/routes/router.ts';
import { PATH, PUBLIC_URL } from './support/recording.ts';

/** The target of a request for a recording; throws for a URL that leads to none. */
export function targetOf(url: string = PATH): RecordingTarget {
  const { target } = createRouter(PUBLIC_URL, () => 'key')({ method: 'GET', url, headers: new Headers() });
  if (target === undefined) throw new Error('The URL does not lead to a recording.');
  return target;
}
