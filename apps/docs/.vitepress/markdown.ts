import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';
import { renderConfigurationTable, renderErrorTable } from './tables.ts';

/** The generated tables; a page has the name in a line of its own, as `[[configuration-table]]`. */
const TABLES: Readonly<Record<string, () => string>> = {
  'configuration-table': renderConfigurationTable,
  'error-table': renderErrorTable,
};

/** Replaces `[[name]]` by the generated table of that name, in pages and in the search index. */
export function insertGeneratedTables(md: MarkdownRenderer): void {
  md.core.ruler.before('normalize', 'generated-tables', (state) => {
    state.src = state.src.replaceAll(
      /^\[\[([a-z-]+)\]\]$/gm,
      (line, name: string) => TABLES[name]?.() ?? line,
    );
  });
}

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
