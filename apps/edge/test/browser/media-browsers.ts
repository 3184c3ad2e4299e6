import { CAN_MAKE_SAMPLES } from '@room-recordings/testing/media-samples';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { chromium } from 'playwright-core';
import { launch } from 'puppeteer-core';
import { afterAll, beforeAll } from 'vitest';
import { CHROMIUM, CHROMIUM_FLAGS } from './browsers.ts';
/** The paths of Firefox on Debian and Ubuntu. The variable `FIREFOX` overrides them. */
const FIREFOX_PATHS = ['/usr/bin/firefox-esr', '/usr/bin/firefox'];

/** The path of Firefox on this machine; undefined if it is not installed. */
const FIREFOX: string | undefined = process.env['FIREFOX'] ?? FIREFOX_PATHS.find((path) => existsSync(path));

/** A browser with a page that plays media of other origins. */
export interface MediaBrowser {
  readonly version: string;
  /** Runs a function in the page. It can refer to its argument only, which is sent as JSON. */
  run<Argument, Result>(work: (argument: Argument) => Promise<Result>, argument: Argument): Promise<Result>;
  close(): Promise<void>;
}

/** A browser that the media tests use. */
export interface MediaBrowserType {
  readonly name: string;
  /** Whether this machine has the browser. */
  readonly isInstalled: boolean;
  readonly playsMatroska: boolean;
  /** Starts the browser and opens a page. */
  start(page: string): Promise<MediaBrowser>;
}

/** The browsers of the media tests. Firefox before 145 does not play Matroska, as Firefox with `media.mkv.enabled=false`. */
export const MEDIA_BROWSERS: readonly MediaBrowserType[] = [
  {
    name: 'Chromium',
    isInstalled: CHROMIUM !== undefined,
    playsMatroska: true,
    start: startChromium,
  },
  {
    name: 'Firefox',
    isInstalled: FIREFOX !== undefined,
    playsMatroska: true,
    start: (page) => startFirefox(page, true),
  },
  {
    name: 'Firefox without Matroska',
    isInstalled: FIREFOX !== undefined,
    playsMatroska: false,
    start: (page) => startFirefox(page, false),
  },
];

async function startChromium(page: string): Promise<MediaBrowser> {
  const args = [...CHROMIUM_FLAGS, '--mute-audio', '--autoplay-policy=no-user-gesture-required'];
  const browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args });
  const tab = await browser.newPage();
  await tab.goto(page);
  return {
    version: browser.version(),
    // Playwright's type of an argument describes handles too, which JSON does not have.
    run: (work, argument) => tab.evaluate(work as (argument: unknown) => ReturnType<typeof work>, argument),
    close: () => browser.close(),
  };
}

async function startFirefox(page: string, playsMatroska: boolean): Promise<MediaBrowser> {
  const browser = await launch({
    browser: 'firefox',
    executablePath: FIREFOX ?? '',
    extraPrefsFirefox: {
      'media.mkv.enabled': playsMatroska,
      'media.autoplay.default': 0,
      'media.autoplay.blocking_policy': 0,
      // Without a sound card, an AudioContext of Firefox stays suspended.
      'media.cubeb.force_mock_context': true,
      // Firefox downloads codecs otherwise.
      'media.gmp-manager.updateEnabled': false,
    },
  });
  const tab = await browser.newPage();
  await tab.goto(page);
  const version = await browser.version();
  return {
    version: version.replace(/^.*\//, ''),
    run: (work, argument) => tab.evaluate(work as (argument: unknown) => ReturnType<typeof work>, argument),
    close: () => browser.close(),
  };
}

/**
 * Checks that this machine can run the media tests of a browser. Returns false if a program is missing, so that the tests are skipped.
 * @throws {Error} in CI: a program is missing
 */
export function canPlaySamples({ name, isInstalled }: MediaBrowserType): boolean {
  const isReady = isInstalled && CAN_MAKE_SAMPLES;
  if (!isReady && process.env['CI'] !== undefined) {
    const packages = 'chromium firefox-esr ffmpeg gstreamer1.0-tools gstreamer1.0-plugins-good';
    throw new Error(
      `The media tests need ${name}, ffmpeg and GStreamer. On Debian: apt-get install ${packages}.`,
    );
  }
  return isReady;
}

/** Several browsers start at the same time, on a machine that makes samples. */
const START_LIMIT_MS = 60_000;

/**
 * Starts a browser with an empty page for the tests of a block, if this machine can run them.
 * @returns the browser, which is available in tests only.
 */
export function useMediaBrowser(type: MediaBrowserType): () => MediaBrowser {
  let page: Page | undefined;
  let browser: MediaBrowser | undefined;
  beforeAll(async () => {
    if (!canPlaySamples(type)) return;
    page = await startPage();
    browser = await type.start(page.url);
  }, START_LIMIT_MS);
  afterAll(async () => {
    await browser?.close();
    page?.stop();
  });
  return () => {
    if (browser === undefined) throw new Error(`${type.name} runs only during tests.`);
    return browser;
  };
}

/** A server of an empty page. */
export interface Page {
  readonly url: string;
  stop(): void;
}

/** Starts a server of an empty page on a free port. */
export async function startPage(): Promise<Page> {
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>A page</title>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
