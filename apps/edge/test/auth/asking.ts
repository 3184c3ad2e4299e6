import type { TestEdge } from '../support/test-edge.ts';
import { PATH } from '../support/recording.ts';

/** Asks with a token in Authorization. */
export function askWith(
  edge: Pick<TestEdge, 'request'>,
  token: string,
  path: string = PATH,
): Promise<Response> {
  return edge.request(path, { headers: { Authorization: `Bearer ${token}` } });
}

/** What an answer comes to: the error code of a problem, or `200`. */
export async function outcome(response: Response): Promise<string> {
  if (response.status === 200) {
    await response.arrayBuffer();
    return '200';
  }
  const { error, status }: { error: string; status: number } = await response.json();
  return status === response.status ? `${status} ${error}` : 'a status that is not said';
}

/** What an edge says to a token. */
export async function judge(
  edge: Pick<TestEdge, 'request'>,
  token: string,
  path: string = PATH,
): Promise<string> {
  return outcome(await askWith(edge, token, path));
}
