import { describe, expect, it } from 'vitest';
import { parseSkip, parseUntilOffsets } from '../../src/cli/leave-out-flags.ts';
import { OperatorError } from '../../src/core/operator-error.ts';
import { flagsOf, skipText } from '../../src/recovery/plan/leave-out.ts';
import { leaveOutOf } from '../../src/recovery/plan/request-leave-out.ts';

const from = '2026-11-23T10:00:00Z';
const to = '2026-11-23T11:00:00Z';

describe('--skip', () => {
  it.each<[string, ReturnType<typeof parseSkip>]>([
    ['table=gis.track', { table: 'gis.track' }],
    ['table=gis.track,operation=d', { table: 'gis.track', operation: 'd' }],
    [`${from}..${to}`, { from, to }],
    [`${from}..`, { from }],
    [`..${to}`, { to }],
    ['2026-11-23T10:00:00-05:00..', { from: '2026-11-23T10:00:00-05:00' }],
    [`entity=e1,from=${from},to=${to}`, { entity: 'e1', from, to }],
    ['entity="a,b=\\"c\\""', { entity: 'a,b="c"' }],
    ['offsets=s.gis.track-0:100..200', { offsets: { 's.gis.track-0': [100, 200] } }],
    ['offsets=s.gis.track-0:100..', { offsets: { 's.gis.track-0': [100, null] } }],
    ['offsets=s.gis.track-0:100', { offsets: { 's.gis.track-0': [100, 101] } }],
    ['offsets=a-0:1..2,offsets=a-1:3..4', { offsets: { 'a-0': [1, 2], 'a-1': [3, 4] } }],
  ])('%s', (text, expected) => {
    expect(parseSkip(text)).toEqual(expected);
  });

  it.each([
    ['user=5', 'a skip names "user", which no event has'],
    ['', '--skip does not understand "": it is empty'],
    [
      'table=a,,operation=d',
      '--skip does not understand "table=a,,operation=d": a quote or a comma too many',
    ],
    ['entity="a', '--skip does not understand "entity=\\"a": a quote or a comma too many'],
    ['table', '--skip does not understand "table": neither <key>=<value> nor <from>..<to>'],
    ['..', '--skip does not understand "..": neither <key>=<value> nor <from>..<to>'],
    ['table=a,table=b', '--skip does not understand "table=b": table stands in it twice'],
    ['offsets=track:5', '--skip does not understand "track:5": no range like server.schema.table-0:100..200'],
  ])('refuses %j with a HINT', (text, said) => {
    expect(() => parseSkip(text)).toThrow(OperatorError);
    expect(() => parseSkip(text)).toThrow(said);
  });

  it('is read as it is shown', () => {
    const then = 'continue';
    const leaveOut = leaveOutOf({
      until: from,
      then,
      skip: [parseSkip('entity="it\'s, so",operation=d'), parseSkip('offsets=a-0:1..,offsets=a-1:3..4')],
    });
    const again = leaveOut?.skips.map((skip) => parseSkip(skipText(skip)));
    expect(leaveOutOf({ until: from, then, skip: again })).toEqual(leaveOut);
    expect(leaveOut && flagsOf(leaveOut)).toBe(
      `--until 2026-11-23T10:00:00.000Z --skip 'entity="it'\\''s, so",operation=d' --skip 'offsets=a-0:1..,offsets=a-1:3..4' --then continue`,
    );
  });
});

it('--until-offsets', () => {
  expect(parseUntilOffsets('s.gis.track-0:123,s.gis.track-1:0')).toEqual({
    's.gis.track-0': 123,
    's.gis.track-1': 0,
  });
  expect(() => parseUntilOffsets('s.gis.track:123')).toThrow('--until-offsets holds "s.gis.track:123"');
});
