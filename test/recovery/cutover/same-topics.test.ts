import { describe, expect, it } from 'vitest';
import { requireSameTopics } from '../../../src/recovery/cutover/same-topics.ts';

const listing = (...names: string[]) => ({ listTopics: async () => names });

describe('the topics of a sink that stands still', () => {
  const byPattern = { connector: 'cdc-sink', topics: { regex: 'gis\\..*' } };

  it.each([
    ['the same', byPattern, ['gis.geo', 'other.x']],
    ['listed by name', { connector: 'cdc-sink', topics: { list: ['gis.geo'] } }, ['gis.geo', 'gis.late']],
  ])('may be %s', async (_, sink, all) => {
    await requireSameTopics(sink, ['gis.geo'], listing(...all));
  });

  it('are refused where there are others than when the cutover began', async () => {
    await expect(
      requireSameTopics(byPattern, ['gis.geo'], listing('gis.late', 'other.x')),
    ).rejects.toMatchObject({
      name: 'TopicsChangedError',
      message:
        'the topics that cdc-sink reads have changed since it was looked at: gis.late is new, gis.geo is gone',
      hint: 'nothing was moved, the sink runs as before; run the command again: it counts these in',
    });
  });
});
