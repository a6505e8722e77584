import { z } from 'zod';
import type { Offsets } from '../core/offsets.ts';
import { readJson, writeJson } from '../vault/json-documents.ts';
import { type Vault, VaultPath } from '../vault/vault.ts';

const offset = z.int().nonnegative();

/** A look at the sink and at its topics, all of which the same configuration was there for. */
const sightingSchema = z.object({
  /** For people: what comes first is told by offsets. */
  at: z.iso.datetime(),
  topics: z.array(
    z.object({
      name: z.string(),
      id: z.string().nullable(),
      /** By partition, from 0: what the sink has read for certain; null: it never committed. */
      committed: z.array(offset.nullable()),
      end: z.array(offset),
    }),
  ),
});
export type Sighting = z.infer<typeof sightingSchema>;

const periodSchema = z.object({
  /** Names what decides its rows. */
  hash: z.string(),
  /** With references in place of secrets. */
  configuration: z.record(z.string(), z.string()),
  first: sightingSchema,
  last: sightingSchema,
});
/** As long as nothing else was seen. */
export type SinkPeriod = z.infer<typeof periodSchema>;

const historySchema = z.object({
  version: z.literal(1),
  connector: z.string(),
  /** Oldest first. */
  periods: z.array(periodSchema),
});
/** Which configurations the health runs have seen of a sink. */
export type SinkHistory = z.infer<typeof historySchema>;

/** What a run has seen. */
export interface SeenSink extends Omit<SinkPeriod, 'first' | 'last'> {
  readonly connector: string;
  readonly sighting: Sighting;
}

/** More changes than a sink sees in years. */
const MOST_PERIODS = 30;

/** The history with one sighting more. Pure. */
export function withSighting(
  history: SinkHistory | undefined,
  { connector, hash, configuration, sighting }: SeenSink,
): SinkHistory {
  const periods = history?.periods ?? [];
  const current = periods.at(-1);
  const period =
    current?.hash === hash
      ? { ...current, last: sighting }
      : { hash, configuration, first: sighting, last: sighting };
  const before = current?.hash === hash ? periods.slice(0, -1) : periods;
  return { version: 1, connector, periods: [...before, period].slice(-MOST_PERIODS) };
}

/**
 * Keeps what a run has seen. Where another run wrote meanwhile, its word stands: the next one adds to it.
 * @throws VaultReadError, VaultWriteError, OperatorError where the document is none of this version
 */
export async function keepSighting(vault: Vault, seen: SeenSink): Promise<void> {
  const found = await readDocument(vault, seen.connector);
  const condition = found === undefined ? { ifAbsent: true as const } : { ifMatch: found.etag };
  const history = withSighting(found?.value, seen);
  await writeJson(vault, VaultPath.sinkHistory(seen.connector), history, condition);
}

/** @returns undefined where no run has seen this sink @throws as keepSighting */
export async function readSinkHistory(vault: Vault, connector: string): Promise<SinkHistory | undefined> {
  return (await readDocument(vault, connector))?.value;
}

async function readDocument(vault: Vault, connector: string) {
  const hint = 'use the version of msr that wrote it, or delete it: health runs begin another one';
  return await readJson(vault, VaultPath.sinkHistory(connector), historySchema, { hint });
}

/** What of a sighting is known of topics that are still the same. Pure. */
export function offsetsOf(
  { topics }: Sighting,
  column: 'committed' | 'end',
  ids: ReadonlyMap<string, string | null>,
): Offsets {
  return topics
    .filter(({ name, id }) => ids.get(name) === id)
    .flatMap((topic) =>
      topic[column].flatMap((value, partition) =>
        value === null ? [] : [{ topic: topic.name, partition, offset: value }],
      ),
    );
}
