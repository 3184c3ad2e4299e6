import { runCases } from '@room-recordings/testing/run-cases';
import { wireCases } from '../wire/cases.ts';

/** A Worker that runs the wire cases against the origin in its query. */
export default {
  async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const cases = wireCases(searchParams.get('origin') ?? '', searchParams.has('br'));
    return new Response(JSON.stringify(await runCases(cases, undefined)));
  },
};
