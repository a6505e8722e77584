import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './named-paths.ts';

/** As the formatter's for code, which leaves comments alone. */
const WIDTH = 110;
const ROOMS = ['src', 'lambdas', 'lib', 'bin', 'scripts', 'test'];

interface Comment {
  /** `src/core/ids.ts:12` */
  readonly line: string;
  readonly text: string;
}

/** The lines of a source that are nothing but comment. */
function commentLines(path: string, source: string): Comment[] {
  return source
    .split('\n')
    .map((text, index) => ({ line: `${path}:${index + 1}`, text }))
    .filter(({ text }) => /^\s*(\/\*\*|\*|\/\/)( |$)/.test(text));
}

/** A URL cannot be broken. */
const isWide = ({ text }: Comment) => text.length > WIDTH && !text.includes('://');
/** 'Of the key.' leaves the reader to find what the comment is about. */
const hasNoSubject = ({ text }: Comment) => /^\s*(\/\*\*|\/\/) Of /.test(text);

const comments = ROOMS.flatMap((room) =>
  readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => commentLines(`${room}/${path}`, readFileSync(join(ROOT, room, path), 'utf8'))),
);

describe('a comment', () => {
  it('is no wider than code', () => {
    expect(comments.filter(isWide)).toEqual([]);
  });

  it('begins with its subject', () => {
    expect(comments.filter(hasNoSubject)).toEqual([]);
  });

  it('is found, and judged, line by line', () => {
    const wide = ` * ${'x'.repeat(WIDTH)}`;
    const found = commentLines('a.ts', ['/** Of the key. */', wide, `const of = ' // Of';`].join('\n'));
    expect(found.filter(isWide)).toEqual([{ line: 'a.ts:2', text: wide }]);
    expect(found.filter(hasNoSubject)).toEqual([{ line: 'a.ts:1', text: '/** Of the key. */' }]);
  });
});
