import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * Checks that every file or folder of the repository that the documentation names exists: in relative links, and as a path such as
 * `apps/edge/src/app.ts` in a code span. VitePress checks the links between its own pages.
 */
const ROOT = join(import.meta.dirname, '../../..');

const PAGES = ['*.md', 'apps/*/*.md', 'packages/*/*.md', 'conformance/*.md'];

/** The target of a Markdown link, without a fragment. */
const LINK = /\]\(([^)#\s]+)(?:#[^)\s]*)?\)/g;

/** A path in a code span. A path with a placeholder or in a build folder is not checked. */
const CODE_PATH = /`((?:apps|packages|conformance)\/[\w./-]+)`/g;

function findMissing(page: string): readonly string[] {
  const text = readFileSync(join(ROOT, page), 'utf8').replaceAll(/^```[^]*?^```/gm, '');
  const links = [...text.matchAll(LINK)].flatMap(([, target = '']) =>
    /^[a-z]+:/.test(target) ? [] : [relative(ROOT, join(ROOT, dirname(page), target))],
  );
  const paths = [...text.matchAll(CODE_PATH)].map(([, path = '']) => path);
  return [...links, ...paths]
    .filter((path) => !/(?:^|\/)(?:dist|\.state)(?:\/|$)/.test(path) && !existsSync(join(ROOT, path)))
    .map((path) => `${page}: ${path} does not exist.`);
}

const pages = PAGES.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).filter(
  (page) => !page.endsWith('CHANGELOG.md'),
);
const missing = pages.flatMap(findMissing);
for (const line of missing) process.stderr.write(`${line}\n`);
process.exitCode = missing.length === 0 ? 0 : 1;
