const API_SECRET = 'canary-5f3e9a';
const API_KEY = 'SK5f3e9a';

/** What the reader of every case sends, and what must go nowhere: not on to Twilio, not into an answer or the log. */
export const READER = 'reader-1c8d07';

/** The credentials of the edge, as settings. */
export const CREDENTIALS: Readonly<Record<string, string>> = {
  TWILIO_API_KEY: API_KEY,
  TWILIO_API_SECRET: API_SECRET,
};

/** The same as a call has them. */
export const AUTHORIZATION: string = `Basic ${btoa(`${API_KEY}:${API_SECRET}`)}`;

/** None of these may be in what leaves the edge; of the header without what only fills it up. */
export const SECRETS: readonly string[] = [API_SECRET, AUTHORIZATION.slice(6).replace(/=+$/, ''), READER];
