import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

// Checks that each file of the repository that the documentation names exists: in relative links, and as a path such as
// `apps/edge/src/app.ts` in a code span. VitePress checks the links between its own pages, but not their fragments.

const ROOT = join(import.meta.dirname, '../../..');

const PAGES = ['*.md', 'apps/*/*.md', 'packages/*/*.md', 'conformance/*.md'];

/** The target of a Markdown link, and its fragment. */
const LINK = /\]\(([^)#\s]*)(?:#([^)\s]*))?\)/g;

/** A path in a code span. A path with a placeholder or in a build folder is not checked. */
const CODE_PATH = /`((?:apps|packages|conformance)\/[\w./-]+)`/g;

function findMissing(page: string): readonly string[] {
  const text = readText(page);
  const links = [...text.matchAll(LINK)].flatMap(([, target = '', fragment]) => {
    if (/^[a-z]+:/.test(target)) return [];
    const path = target === '' ? page : relative(ROOT, join(ROOT, dirname(page), target));
    if (!exists(path)) return [`${path} does not exist`];
    const isFound = fragment === undefined || !path.endsWith('.md') || hasHeading(path, fragment);
    return isFound ? [] : [`${path} has no heading #${fragment}`];
  });
  const paths = [...text.matchAll(CODE_PATH)]
    .map(([, path = '']) => path)
    .filter((path) => !exists(path))
    .map((path) => `${path} does not exist`);
  return [...links, ...paths].map((problem) => `${page}: ${problem}.`);
}

function readText(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8').replaceAll(/^```[^]*?^```/gm, '');
}

function exists(path: string): boolean {
  return /(?:^|\/)(?:dist|\.state)(?:\/|$)/.test(path) || existsSync(join(ROOT, path));
}

/** Compares with the ids that GitHub and VitePress give to headings. */
function hasHeading(page: string, fragment: string): boolean {
  return [...readText(page).matchAll(/^#+ (.+)$/gm)].some(
    ([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-') === fragment,
  );
}

const pages = PAGES.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).filter(
  (page) => !page.endsWith('CHANGELOG.md'),
);
const problems = pages.flatMap(findMissing);
for (const line of problems) process.stderr.write(`${line}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
