import { describe, expect, it } from 'vitest';
import { formatListQuery, parseListQuery } from '../../src/recordings/list-query.ts';

/** Parses a query and formats the result; an invalid one gives its detail. */
function canonicalize(search: string): string {
  const query = parseListQuery(search);
  return 'detail' in query ? query.detail : formatListQuery(query);
}

const MT = `MT${'A'.repeat(32)}`;

describe('parseListQuery()', () => {
  it.each([
    { name: 'an empty query', search: '', canonical: 'PageSize=50&Page=0' },
    {
      name: 'parameters in another order',
      search: '?Page=0&Status=failed',
      canonical: 'Status=failed&PageSize=50&Page=0',
    },
    {
      name: 'an encoded name and value',
      search: '?%53tatus=faile%64',
      canonical: 'Status=failed&PageSize=50&Page=0',
    },
    {
      name: 'upper-case digits of a SID',
      search: `?SourceSid=${MT}`,
      canonical: `SourceSid=MT${'a'.repeat(32)}&PageSize=50&Page=0`,
    },
    {
      name: 'a zone',
      search: '?DateCreatedAfter=2026-03-02T11:00:00%2B02:00&PageSize=1000',
      canonical: 'DateCreatedAfter=2026-03-02T09%3A00%3A00Z&PageSize=1000&Page=0',
    },
    {
      name: 'milliseconds and lower-case letters',
      search: '?DateCreatedBefore=2026-03-02t09:00:00.250z',
      canonical: 'DateCreatedBefore=2026-03-02T09%3A00%3A00.250Z&PageSize=50&Page=0',
    },
    {
      name: 'a page token',
      search: '?PageToken=PA1.x-y_z~a%3D%2B%2F:&Page=7',
      canonical: 'PageSize=50&Page=7&PageToken=PA1.x-y_z%7Ea%3D%2B%2F%3A',
    },
    {
      name: 'the parameters of a signed URL',
      search: '?kid=k1&expires=1&signature=x&PageSize=1',
      canonical: 'PageSize=1&Page=0',
    },
  ])('gives $name one canonical form', ({ search, canonical }) => {
    expect(canonicalize(search)).toBe(canonical);
    expect(canonicalize(`?${canonical}`)).toBe(canonical);
  });

  it.each([
    {
      search: '?status=completed',
      detail: 'The parameter status is unknown: names are case-sensitive. Use Status.',
    },
    {
      search: '?cb=1',
      detail:
        'The parameter "cb" is unknown. Remove it, or use one of Status, SourceSid, DateCreatedAfter, DateCreatedBefore, PageSize, Page, PageToken.',
    },
    { search: '?PageSize=1&PageSize=1', detail: 'The parameter PageSize occurs twice. Send it once.' },
    {
      search: '?Page=2',
      detail: 'The parameter Page requires PageToken. Follow next_page_url of the page before, or omit Page.',
    },
  ])('names the error and the solution for $search', ({ search, detail }) => {
    expect(parseListQuery(search)).toEqual({ detail });
  });

  it.each([
    { parameter: 'Status', values: ['', 'Completed', 'done', 'completed;PageSize=1', 'completed,failed'] },
    { parameter: 'SourceSid', values: ['', 'MT1', `${MT}0`, `M1${'a'.repeat(32)}`] },
    {
      parameter: 'DateCreatedAfter',
      values: [
        '',
        '2026-03-02',
        '2026-06-31T00:00:00Z',
        '2026-03-02T09:00:00',
        '2026-03-02T24:00:00Z',
        'now',
      ],
    },
    {
      parameter: 'DateCreatedBefore',
      values: ['2026-03-02T09:00:00+02:00', '2026-02-29T00:00:00Z', '0000-01-01T00:00:00%2B10:00', '1'],
    },
    { parameter: 'PageSize', values: ['', '0', '-1', '1e9', '1001', '١٠', '05', '1.0', '%201'] },
    { parameter: 'Page', values: ['', '-1', '01', '١', '9999999999'] },
    {
      parameter: 'PageToken',
      values: ['', 'a%26Status=failed', 'a%2526', 'a%0a', 'a b', 'a'.repeat(513), '%ff'],
    },
  ])('rejects invalid values of $parameter, and names the parameter', ({ parameter, values }) => {
    for (const value of values) {
      expect(parseListQuery(`?${parameter}=${value}`), value).toEqual({
        detail: expect.stringMatching(new RegExp(`^The parameter ${parameter} must be .+\\.$`)),
      });
    }
  });

  it('does not treat a semicolon as a separator of parameters', () => {
    expect(canonicalize('?Status=failed;Page=1')).toMatch(/^The parameter Status must be/);
    expect(canonicalize('?x=1&Status=failed')).toMatch(/^The parameter "x" is unknown/);
  });

  it('shortens and quotes an unknown name', () => {
    expect(canonicalize(`?${'x%0a'.repeat(100)}=1`)).toMatch(/^The parameter "(?:x\\n){20}" is unknown\./);
  });
});
