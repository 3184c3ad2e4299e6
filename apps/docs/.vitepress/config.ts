import type { UserConfig, DefaultTheme } from 'vitepress';
import { renderRepositoryLinks } from './markdown.ts';

const config: UserConfig<DefaultTheme.Config> = {
  title: 'room-recordings',
  description: 'A read layer for Twilio Video room recordings: an edge, a client and an HTTP cache.',
  lang: 'en',
  cleanUrls: true,
  outDir: 'dist',
  cacheDir: '.vitepress/cache',
  ignoreDeadLinks: false,
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  markdown: {
    config(md) {
      renderRepositoryLinks(md);
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar: [
      {
        text: 'Use',
        items: [
          { text: 'Getting started', link: '/getting-started' },
          { text: 'Lists', link: '/lists' },
          { text: 'Timelines', link: '/timeline' },
          { text: 'Media', link: '/media' },
          { text: 'HTTP API', link: '/http-api' },
          { text: 'Errors', link: '/errors' },
        ],
      },
      {
        text: 'Operate',
        items: [
          { text: 'Configuration', link: '/configuration' },
          { text: 'Deployment', link: '/deployment' },
          { text: 'Authentication', link: '/authentication' },
          { text: 'Caching', link: '/caching' },
          { text: 'Resilience', link: '/resilience' },
          { text: 'Logging', link: '/logging' },
        ],
      },
      {
        text: 'Verify',
        items: [
          { text: 'Threat model', link: '/threat-model' },
          { text: 'HTTP behaviour', link: '/http-behaviour' },
          { text: 'Media in browsers', link: '/browser-matrix' },
          { text: 'Benchmarks', link: '/benchmarks' },
        ],
      },
      {
        text: 'Develop',
        items: [
          { text: 'Architecture', link: '/architecture' },
          { text: 'Contributing', link: '/contributing' },
        ],
      },
    ],
  },
};

export default config;
