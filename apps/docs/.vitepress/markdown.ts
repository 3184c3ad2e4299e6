import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';

const ROOT = join(import.meta.dirname, '../../..');

/**
 * Renders a relative link to a file of the repository, which the site does not have, as a link to the repository. Until the root
 * package.json has the URL, the path is the title of the text.
 */
export function renderRepositoryLinks(md: MarkdownRenderer): void {
  const repository = readRepositoryUrl();
  const render = md.renderer.rules['link_open'];
  md.renderer.rules['link_open'] = (tokens, index, options, env: { readonly path: string }, self) => {
    const token = tokens[index];
    const href = token?.attrGet('href') ?? '';
    if (token !== undefined && href.startsWith('../')) {
      const path = relative(ROOT, join(env.path, '..', href));
      if (repository === undefined) token.attrs = [['title', path]];
      else token.attrSet('href', `${repository}/blob/main/${path}`);
    }
    return render?.(tokens, index, options, env, self) ?? self.renderToken(tokens, index, options);
  };
}

/** Returns undefined while the root package.json has the placeholder `OWNER`. */
function readRepositoryUrl(): string | undefined {
  const manifest: unknown = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  if (typeof manifest !== 'object' || manifest === null || !('repository' in manifest)) return undefined;
  const { repository } = manifest;
  return typeof repository === 'string' && !repository.includes('/OWNER/') ? repository : undefined;
}
