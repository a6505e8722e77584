import { describe, expect, it } from 'vitest';
import { type OverlapContent, splitHeld } from '../../../src/recovery/replay/split-held.ts';

const content = (hash: bigint, rows: number, change: Partial<OverlapContent> = {}): OverlapContent => ({
  ...{ hash, rows, twins: 0, records: 0, taken: 0 },
  ...change,
});
/** Events named by letter and place; a letter is a content. */
const events = (...names: string[]) => names.map((event) => ({ event, hash: BigInt(event.charCodeAt(0)) }));
const known = (...contents: OverlapContent[]) => new Map(contents.map((each) => [each.hash, each]));
const [A, B] = [BigInt('a'.charCodeAt(0)), BigInt('b'.charCodeAt(0))];

describe('what the dump holds of an overlap', () => {
  it.each([
    ['holds none', ['a1', 'b1'], [content(A, 0), content(B, 0)], [], ['a1', 'b1']],
    ['holds a prefix', ['a1', 'b1'], [content(A, 1), content(B, 0)], ['a1'], ['b1']],
    ['holds one of three equal ones', ['a1', 'a2', 'a3'], [content(A, 1)], ['a1'], ['a2', 'a3']],
    ['holds more rows than there are records', ['a1'], [content(A, 3)], ['a1'], []],
    ['holds the row of a record before the overlap', ['a1'], [content(A, 1, { twins: 1 })], [], ['a1']],
    ['holds that row and one more', ['a1', 'a2'], [content(A, 2, { twins: 1 })], ['a1'], ['a2']],
    ['lacks the row of a twin before', ['a1'], [content(A, 0, { twins: 1 })], [], ['a1']],
    ['has given its row to an earlier batch', ['a2'], [content(A, 1, { records: 1, taken: 1 })], [], ['a2']],
  ])('where it %s', (_, names, contents, held, rest) => {
    expect(splitHeld(events(...names), known(...contents))).toMatchObject({ held, rest });
  });

  it('counts what was met and taken of each content, on from where it stood', () => {
    const { contents } = splitHeld(
      events('a1', 'b1', 'a2'),
      known(content(A, 3, { records: 2, taken: 2 }), content(B, 0)),
    );
    expect(contents).toEqual([
      content(A, 3, { records: 4, taken: 3 }),
      content(B, 0, { records: 1, taken: 0 }),
    ]);
  });

  it('decides nothing of what nobody looked up', () => {
    expect(() => splitHeld(events('a1'), known())).toThrow(RangeError);
  });

  it('comes to the same in any batches', () => {
    const names = ['a1', 'b1', 'a2', 'a3', 'b2', 'a4'];
    const start = [content(A, 3, { twins: 1 }), content(B, 1)];
    const whole = splitHeld(events(...names), known(...start));
    let now = known(...start);
    const parts = names.map((name) => {
      const part = splitHeld(events(name), now);
      now = new Map([...now, ...known(...part.contents)]);
      return part;
    });
    expect(parts.flatMap(({ held }) => held)).toEqual(whole.held);
    expect(parts.flatMap(({ rest }) => rest)).toEqual(whole.rest);
  });
});
