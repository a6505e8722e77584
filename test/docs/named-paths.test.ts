import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsOf, namedHeadings, namedPaths, pages, ROOT, readPage } from './named-paths.ts';

describe('every path that the documentation names is there', () => {
  it.each(pages())('%s', (page) => {
    const missing = namedPaths(page, readPage(page)).filter((path) => !existsSync(join(ROOT, path)));
    expect(missing).toEqual([]);
  });
});

describe('every heading that the documentation links to is there', () => {
  it.each(pages())('%s', (page) => {
    const missing = namedHeadings(page, readPage(page)).filter((link) => {
      const [target = '', heading = ''] = link.split('#');
      return !anchorsOf(readPage(target)).has(heading);
    });
    expect(missing).toEqual([]);
  });
});

it('anchorsOf makes of a heading what GitHub makes of it', () => {
  expect(anchorsOf('## 1. Start\n### … a check (of `X`)\n')).toEqual(new Set(['1-start', '-a-check-of-x']));
});

describe('namedPaths', () => {
  it.each([
    ['a link, from the page', '[x](adr/0001.md#decision)', ['docs/adr/0001.md']],
    ['a link upwards', '[x](../README.md)', ['README.md']],
    ['a file of a room', '`src/freeze/resume.ts` resumes', ['src/freeze/resume.ts']],
    ['a folder of a room', 'in `lib/config/`', ['lib/config/']],
    ['a source file without its room', '`freeze/resume.ts`', ['freeze/resume.ts']],
    ['a Lambda without its room', '`recovery/lock.lambda.ts`', ['recovery/lock.lambda.ts']],
  ])('finds %s', (_, text, expected) => {
    expect(namedPaths('docs/page.md', text)).toEqual(expected);
  });

  it.each([
    ['a link to the web', '[x](https://example.com/src/a.ts)'],
    ['a heading of the page itself', '[x](#decision)'],
    ['a pattern', '`lambdas/<capability>/<name>.lambda.ts` and `test/**/*.test.ts`'],
    ['a path of the vault', '`backups/<id>/manifest.json` and `doctor/report.json`'],
    ['a command', '`npx vitest run test/docs`'],
    ['a bare name', '`resume.ts`'],
  ])('passes over %s', (_, text) => {
    expect(namedPaths('docs/page.md', text)).toEqual([]);
  });
});
