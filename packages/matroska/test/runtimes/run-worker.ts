import { runCases } from '@room-recordings/testing/run-cases';
import { rangeCases } from './range-cases.ts';

/** A Worker that runs the cases with the samples that it is sent: names and lists of bytes. */
export default {
  async fetch(request: Request): Promise<Response> {
    const samples = (await request.json()) as readonly (readonly [name: string, bytes: readonly number[]])[];
    const cases = rangeCases(samples.map(([name, bytes]) => ({ name, bytes: Uint8Array.from(bytes) })));
    return Response.json(await runCases(cases, undefined));
  },
};
