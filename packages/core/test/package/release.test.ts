import { describe, expect, it } from 'vitest';
import { findReleaseErrors, readManifests } from '../../../../.ci/check-release.ts';

/** Replaces the URL of the repository in every manifest. */
function withRepository(url: string) {
  const { root } = readManifests();
  const text = JSON.stringify(readManifests());
  return JSON.parse(text.replaceAll(String(root['repository']), url)) as ReturnType<typeof readManifests>;
}

describe('the release check', () => {
  it('rejects only the placeholder of the repository while its URL is unknown', () => {
    expect(findReleaseErrors(readManifests())).toEqual([
      expect.stringContaining('package.json: "repository" is a placeholder.'),
    ]);
  });

  it('accepts packages that name the repository of the root package.json', () => {
    expect(findReleaseErrors(withRepository('https://github.com/acme/room-recordings'))).toEqual([]);
  });

  it.each(['homepage', 'bugs', 'repository'])('rejects a package without the same %s', (name) => {
    const { root, packages } = withRepository('https://github.com/acme/room-recordings');
    const changed = packages.map(({ folder, manifest }) => ({
      folder,
      manifest: { ...manifest, [name]: 'x' },
    }));
    const errors = findReleaseErrors({ root, packages: changed });
    expect(errors).toHaveLength(packages.length);
    expect(errors[0]).toContain(`packages/core/package.json: set "${name}" to `);
  });
});
