import { describe, expect, it } from 'vitest';
import {
  keepSighting,
  offsetsOf,
  readSinkHistory,
  type SeenSink,
  type SinkHistory,
  withSighting,
} from '../../src/sink/sink-history.ts';
import { temporaryVault } from '../vault/temporary-vault.ts';

const seen = (hash: string, hour: number): SeenSink => ({
  ...{ connector: 'sink', hash, configuration: { topics: hash } },
  sighting: {
    at: `2026-11-27T${String(hour).padStart(2, '0')}:00:00.000Z`,
    topics: [{ name: 'gis', id: 'a', committed: [hour, null], end: [hour + 1, 0] }],
  },
});
const told = (history: SinkHistory | undefined) =>
  history?.periods.map(
    ({ hash, first, last }) => `${hash} ${first.at.slice(11, 13)}-${last.at.slice(11, 13)}`,
  );

describe("a sink's history", () => {
  it('is a period for each configuration, for as long as no other was seen', () => {
    const runs = [seen('a', 1), seen('a', 2), seen('b', 3), seen('b', 4), seen('a', 5)];
    const history = runs.reduce<SinkHistory | undefined>(withSighting, undefined);
    expect(told(history)).toEqual(['a 01-02', 'b 03-04', 'a 05-05']);
    expect(history?.periods[1]?.configuration).toEqual({ topics: 'b' });
  });

  it('holds the last changes of one that changes with every run', () => {
    const runs = Array.from({ length: 100 }, (_, at) => seen(`h${at}`, at % 24));
    expect(told(runs.reduce<SinkHistory | undefined>(withSighting, undefined))).toHaveLength(30);
  });

  it('is kept in the vault, for each connector', async () => {
    const { vault } = temporaryVault();
    expect(await readSinkHistory(vault, 'sink')).toBeUndefined();
    for (const run of [seen('a', 1), seen('b', 2)]) await keepSighting(vault, run);
    await keepSighting(vault, { ...seen('c', 3), connector: 'the/other' });
    expect(told(await readSinkHistory(vault, 'sink'))).toEqual(['a 01-01', 'b 02-02']);
    expect(told(await readSinkHistory(vault, 'the/other'))).toEqual(['c 03-03']);
  });

  it('knows no offset of a topic that was made anew, or of a partition without a commit', () => {
    const { sighting } = seen('a', 7);
    const ids = (id: string | null) => new Map([['gis', id]]);
    expect(offsetsOf(sighting, 'committed', ids('a'))).toEqual([{ topic: 'gis', partition: 0, offset: 7 }]);
    expect(offsetsOf(sighting, 'end', ids('z'))).toEqual([]);
  });
});
