import { createHash } from 'node:crypto';
import { parseSinkConfig, type SinkConfig } from './sink-config.ts';
import { listOf } from './sink-properties.ts';

/** A setting that decides which rows a sink writes, and that is not what it was. */
export interface SinkChange {
  readonly key: string;
  /** undefined: it was not set. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

type Configuration = Readonly<Record<string, string>>;

/** The settings that decide rows; those of transforms and predicates come from the lists of their names. */
const DECISIVE_KEYS: readonly (string | RegExp)[] = [
  'connector.class',
  'topics',
  'topics.regex',
  'transforms',
  'predicates',
  /^value\.converter/,
  /^(table|collection)\.name\.format$/,
  'insert.mode',
  /^(primary\.key|pk)\.mode$/,
  /^(delete|truncate)\.enabled$/,
  /^fields?\.(whitelist|include\.list|exclude\.list)$/,
  'timestamp.fields.list',
  /^(auto\.evolve|schema\.evolution)$/,
  'errors.tolerance',
  'consumer.override.isolation.level',
];

/**
 * Which settings that decide rows differ. What is spelled otherwise and means the same (a default that is
 * written down, another order of topics, another name of a transform) is no difference. Pure.
 * @param then without its secrets, as a manifest holds it; `now` in the same form
 */
export function sinkChanges(then: Configuration, now: Configuration): SinkChange[] {
  const differing = decisiveKeys(then, now).filter((key) => then[key] !== now[key]);
  if (differing.length === 0) return [];
  const rules = rowRules(now);
  if (rules !== undefined && rules === rowRules(then)) return [];
  return differing.map((key) => ({ key, before: then[key], after: now[key] }));
}

/** `key: then → now`, as an operator reads it. */
export function describeChange({ key, before, after }: SinkChange): string {
  return `${key}: ${before ?? '(not set)'} → ${after ?? '(not set)'}`;
}

/**
 * What decides the rows, as one text: equal for two configurations that write the same rows.
 * @returns undefined where we do not understand the configuration, which then is equal to no other
 */
export function rowRules(config: Configuration): string | undefined {
  try {
    return JSON.stringify(rulesOf(parseSinkConfig('sink', config)), printable);
  } catch {
    // Compared by its spelling alone; who uses it tells what is not understood.
    return undefined;
  }
}

/**
 * A name for the rules of a configuration, SHA-256 in hex; one that is not understood is told apart by its
 * spelling.
 */
export function rulesHash(config: Configuration): string {
  const text = rowRules(config) ?? JSON.stringify(Object.entries(config).sort());
  return createHash('sha256').update(text).digest('hex');
}

/** The sink without what only names things. */
function rulesOf(sink: SinkConfig): unknown {
  const { dialect, topics, isolation, isolationKnown, transforms, evolves, maySkip, converter } = sink;
  return {
    dialect,
    topics: 'list' in topics ? [...topics.list].sort() : topics,
    isolation: isolationKnown ? isolation : null,
    transforms: transforms.map(({ condition, action }) => ({ condition: condition ?? null, action })),
    ...{ evolves, maySkip, converter },
  };
}

function printable(_: string, value: unknown): unknown {
  if (value instanceof Map) return [...value];
  return value instanceof RegExp ? value.source : value;
}

function decisiveKeys(then: Configuration, now: Configuration): string[] {
  const prefixes = ['transforms', 'predicates'].flatMap((list) =>
    [...listOf(then[list]), ...listOf(now[list])].map((alias) => `${list}.${alias}.`),
  );
  const all = [...new Set([...Object.keys(then), ...Object.keys(now)])].sort();
  return all.filter(
    (key) =>
      prefixes.some((prefix) => key.startsWith(prefix)) ||
      DECISIVE_KEYS.some((known) => (typeof known === 'string' ? known === key : known.test(key))),
  );
}
