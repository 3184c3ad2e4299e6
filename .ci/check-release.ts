// Checks that the published packages name the repository of the root package.json, and that its URL is not a placeholder.
import { readFileSync } from 'node:fs';
import process from 'node:process';

/** A package.json. */
type Manifest = Readonly<Record<string, unknown>>;

/** The manifests that a release depends on. */
export interface Manifests {
  readonly root: Manifest;
  readonly packages: readonly { readonly folder: string; readonly manifest: Manifest }[];
}

const PUBLISHED_FOLDERS = ['packages/core', 'packages/http-cache', 'packages/matroska'];
const PLACEHOLDER = 'https://github.com/OWNER/room-recordings';

/** Lists the reasons why the packages must not be published; empty if there is none. */
export function findReleaseErrors({ root, packages }: Manifests): readonly string[] {
  const url = String(root['repository']);
  const errors = packages.flatMap(({ folder, manifest }) => {
    const expected = {
      homepage: `${url}/tree/main/${folder}#readme`,
      bugs: `${url}/issues`,
      repository: { type: 'git', url: `git+${url}.git`, directory: folder },
    };
    return Object.entries(expected)
      .filter(([name, value]) => JSON.stringify(manifest[name]) !== JSON.stringify(value))
      .map(([name, value]) => `${folder}/package.json: set "${name}" to ${JSON.stringify(value)}.`);
  });
  if (url !== PLACEHOLDER) return errors;
  return [
    ...errors,
    `package.json: "repository" is a placeholder. Replace ${PLACEHOLDER} in each package.json.`,
  ];
}

/** Reads the manifests of this repository. */
export function readManifests(): Manifests {
  return {
    root: readManifest('.'),
    packages: PUBLISHED_FOLDERS.map((folder) => ({ folder, manifest: readManifest(folder) })),
  };
}

function readManifest(folder: string): Manifest {
  const url = new URL(`../${folder}/package.json`, import.meta.url);
  const manifest: Manifest = JSON.parse(readFileSync(url, 'utf8'));
  return manifest;
}

if (import.meta.main) {
  const errors = findReleaseErrors(readManifests());
  for (const error of errors) process.stderr.write(`${error}\n`);
  process.exitCode = errors.length === 0 ? 0 : 1;
}
