import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportPage } from '../../../src/recovery/status/report-page.ts';
import { type OpenPage, openInChromium } from '../../bed/browser.ts';
import { SAMPLE_LAG, sampleReport } from './sample-report.ts';

describe('the report of a recovery in a real Chromium', () => {
  let page: OpenPage;
  beforeAll(async () => {
    page = await openInChromium(reportPage(sampleReport(), SAMPLE_LAG));
  });
  afterAll(() => page?.close());

  const text = () => page.evaluate<string>('document.body.innerText');
  const overhang = () =>
    page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');

  it('says the verdict first, and what was set aside in it', async () => {
    expect(await page.evaluate<string>('document.querySelector("h1").innerText')).toBe(
      'Recovered, 3 set aside',
    );
    expect(await page.evaluate<string>('document.querySelector("h1").className')).toBe('warning');
  });

  it('shows what others have said as text, and loads nothing', async () => {
    expect(await text()).toContain('<script>alert(1)</script>');
    expect(await page.evaluate<number>('document.scripts.length')).toBe(0);
    expect(await page.evaluate<number>('performance.getEntriesByType("resource").length')).toBe(0);
    expect(page.complaints).toEqual([]);
  });

  it('draws each step in the time of all, and the standstill of the sink within the cutover', async () => {
    const bars = await page.evaluate<number[][]>(
      '[...document.querySelectorAll(".bar i")].map((bar) => [bar.getBoundingClientRect().left, bar.getBoundingClientRect().right])',
    );
    expect(bars).toHaveLength(4);
    const [restore = [], replay = [], cutOver = [], still = []] = bars;
    expect(restore[1]).toBeLessThan(replay[0] ?? 0);
    expect(still[0]).toBeGreaterThan(cutOver[0] ?? 0);
    expect(still[1]).toBeLessThanOrEqual((cutOver[1] ?? 0) + 1);
  });

  it('has a line a partition and a square an hour', async () => {
    expect(await text()).toContain('gis.geo_entity-0');
    expect(await page.evaluate<number>('document.querySelectorAll("svg rect").length')).toBe(76);
    expect(await text()).toContain('76 hours of events compared, all of them equal');
  });

  it.each([
    ['a telephone by day', { width: 360, scheme: 'light' as const }],
    ['a telephone by night', { width: 360, scheme: 'dark' as const }],
    ['a screen by day', { width: 1280, scheme: 'light' as const }],
    ['paper', { width: 800, scheme: 'dark' as const, media: 'print' as const }],
  ])('fits %s', async (what, viewing) => {
    await page.view(viewing);
    expect(await overhang()).toBe(0);
    const file = join(await mkdtemp(join(tmpdir(), 'msr-report-')), `${what.replaceAll(' ', '-')}.png`);
    await page.screenshot(file);
    console.error(`the report as ${what} sees it: ${file}`);
  });
});
