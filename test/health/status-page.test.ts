import { describe, expect, it } from 'vitest';
import type { StatusDocument } from '../../src/health/status/status-document.ts';
import { statusPage } from '../../src/health/status/status-page.ts';
import { sampleStatus } from './sample-status.ts';

/** The same with another first line. */
function answered(text: string): Partial<StatusDocument> {
  return { outlook: { ...sampleStatus().outlook, text } };
}

describe('the status page', () => {
  it.each([
    [
      'Can we recover now? No: there is no usable backup',
      'Can we recover now? No',
      'there is no usable backup',
    ],
    [
      'Can we recover now? Not without loss, in 5 min to 2026-11-27T03:30Z: 100 records of a: b are gone; 1 unseen',
      'Can we recover now? Not without loss, in 5 min to 2026-11-27T03:30Z',
      '100 records of a: b are gone; 1 unseen',
    ],
    ['Can we recover now? Yes, in 5 min; a guess', 'Can we recover now? Yes, in 5 min', 'a guess'],
  ])('has the answer of %j in its first line, and why below it', (text, answer, why) => {
    const page = statusPage(sampleStatus(answered(text)));
    expect(page).toContain(`<h1 class="ok">${answer}</h1>\n<p class="ok">${why}</p>`);
  });

  it('takes no list that nobody could see for an empty one', () => {
    const results = sampleStatus().results.map((each) => ({ ...each, status: 'unknown' as const }));
    const page = statusPage(sampleStatus({ results, backups: [], drills: [], day: [] }));
    expect(page).toContain('<h2>Backups</h2><p class="unknown">not known</p>');
    expect(page).toContain('<h2>Recoveries and drills</h2><p class="unknown">not known</p>');
    expect(statusPage(sampleStatus({ backups: [], drills: [] }))).toContain(
      '<h2>Backups</h2><p class="failed">none</p>',
    );
  });

  it('says since when, for how long and by which cause, what to do, and which pages are held back', () => {
    const [first, ...others] = sampleStatus().results;
    if (first === undefined) throw new Error('there are no checks');
    const failed = { ...first, status: 'failed' as const, hint: 'run `msr <b>`', silencedBy: first.check };
    const quiet = { why: 'announced maintenance: <b>', until: '2026-11-27T12:00:00.000Z' };
    const page = statusPage(sampleStatus({ results: [failed, ...others], quiet }));
    expect(page).toContain('since <time>2026-11-27T07:00:00Z</time>, for 3h; database explains it');
    expect(page).toContain('<div>→ run <code>msr &lt;b&gt;</code></div>');
    expect(page).toContain(
      'held back until <time>2026-11-27T12:00:00Z</time> at the longest: announced maintenance: &lt;b&gt;',
    );
  });

  it('tells of a day without anything that there was nothing', () => {
    const still = { lagMessages: 0, lagSeconds: 0, eventAgeSeconds: 0, logEnd: 7 };
    const day = sampleStatus().day.map(({ at }) => ({ at, ...still }));
    expect(statusPage(sampleStatus({ day }))).toContain('Messages that wait for the sink: now 0, at most 0');
  });
});
