import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statusPage } from '../../src/health/status/status-page.ts';
import { type OpenPage, openInChromium } from '../bed/browser.ts';
import { sampleStatus } from './sample-status.ts';

describe('the status page in a real Chromium', () => {
  let page: OpenPage;
  beforeAll(async () => {
    page = await openInChromium(statusPage(sampleStatus()));
  });
  afterAll(() => page?.close());

  const background = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
  const overhang = () =>
    page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');

  it('answers in its first line', async () => {
    expect(await page.evaluate<string>('document.querySelector("h1").innerText')).toBe(
      'Can we recover now? Yes, in 12 to 25 min, losing nothing',
    );
  });

  it('shows what others have said as text, and loads nothing', async () => {
    expect(await page.evaluate<string>('document.body.innerText')).toContain('<script>alert(1)</script>');
    expect(await page.evaluate<number>('document.scripts.length')).toBe(0);
    expect(await page.evaluate<number>('performance.getEntriesByType("resource").length')).toBe(0);
    expect(page.complaints).toEqual([]);
  });

  it('shows what needs somebody first, and every check', async () => {
    const rows = await page.evaluate<string[]>(
      '[...document.querySelectorAll("table.checks tr")].map((row) => row.cells[0].innerText + " " + row.cells[1].innerText)',
    );
    expect(rows.slice(0, 3)).toEqual([
      'failed (page) sink-running',
      'unknown zones',
      'warning (ticket) retention-matrix',
    ]);
    expect(rows).toHaveLength(17);
  });

  it.each([
    ['a telephone by day', { width: 360, scheme: 'light' as const }, 'rgb(255, 255, 255)', 1],
    ['a telephone by night', { width: 360, scheme: 'dark' as const }, 'rgb(22, 24, 27)', 1],
    ['a screen by night', { width: 1280, scheme: 'dark' as const }, 'rgb(22, 24, 27)', 2],
    ['paper', { width: 800, scheme: 'dark' as const, media: 'print' as const }, 'rgb(255, 255, 255)', 2],
  ])('fits %s', async (what, viewing, colour, columns) => {
    await page.view(viewing);
    expect([await overhang(), await background()]).toEqual([0, colour]);
    const shown = await page.evaluate<number>(
      'Math.min(...[...document.querySelectorAll("svg")].map((chart) => chart.getBoundingClientRect().width)) / document.body.clientWidth',
    );
    expect(shown * columns, 'charts are as wide as the page').toBeGreaterThan(0.85);
    const directory = await mkdtemp(join(tmpdir(), 'msr-status-'));
    const file = join(directory, `${what.replaceAll(' ', '-')}.png`);
    await page.screenshot(file);
    console.error(`the status page as ${what} sees it: ${file}`);
  });
});
