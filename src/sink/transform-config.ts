import { compileDateFormat, type DateFormat } from './date-format.ts';
import { compileJavaPattern } from './java-pattern.ts';
import { listOf, refuse, type SinkProperties } from './sink-properties.ts';

/** A condition on a record that a transform may carry. */
type Predicate =
  | { readonly kind: 'topic-name-matches'; readonly pattern: RegExp }
  | { readonly kind: 'record-is-tombstone' }
  | { readonly kind: 'has-header-key'; readonly name: string };

export interface TransformCondition {
  readonly predicate: Predicate;
  readonly negate: boolean;
}

type UnixPrecision = 'seconds' | 'milliseconds' | 'microseconds' | 'nanoseconds';

/** What a transform does to a struct. */
export type TransformAction =
  | {
      readonly kind: 'replace-field';
      /** Empty: every field. */
      readonly include: readonly string[];
      readonly exclude: readonly string[];
      readonly renames: ReadonlyMap<string, string>;
    }
  | {
      readonly kind: 'timestamp-converter';
      readonly field: string;
      readonly precision: UnixPrecision;
      /** The format of values that are strings; undefined: none was given. */
      readonly format: DateFormat | undefined;
    }
  | { readonly kind: 'set-schema-name'; readonly schemaName: string | undefined }
  /** Structs without structs in them stay what they were. */
  | { readonly kind: 'flatten' }
  /** The topic's name or the headers: neither stands in a row, and the sink's table is fixed. */
  | { readonly kind: 'route'; readonly changes: 'topic' | 'headers' }
  | { readonly kind: 'filter' };

/** One step of the sink's transform chain, in its order. */
export interface Transform {
  readonly alias: string;
  /** undefined: for every record. */
  readonly condition: TransformCondition | undefined;
  readonly action: TransformAction;
}

/**
 * One transform's own settings, read by key without the prefix; whatever is not read is refused in the end.
 */
interface Settings {
  readonly get: (key: string) => string | undefined;
  readonly refuse: (key: string) => Error;
}

const PACKAGE = 'org.apache.kafka.connect.transforms.';
const ACTIONS: Readonly<Record<string, (settings: Settings) => TransformAction>> = {
  ReplaceField$Value: replaceField,
  TimestampConverter$Value: timestampConverter,
  SetSchemaMetadata$Value: setSchemaMetadata,
  Flatten$Value: (settings) => rowless(settings, ['delimiter'], { kind: 'flatten' }),
  RegexRouter: (settings) => rowless(settings, ['regex', 'replacement'], { kind: 'route', changes: 'topic' }),
  TimestampRouter: (settings) =>
    rowless(settings, ['topic.format', 'timestamp.format'], { kind: 'route', changes: 'topic' }),
  InsertHeader: (settings) =>
    rowless(settings, ['header', 'value.literal'], { kind: 'route', changes: 'headers' }),
  DropHeaders: (settings) => rowless(settings, ['headers'], { kind: 'route', changes: 'headers' }),
  Filter: () => ({ kind: 'filter' }),
};

/** A transform whose settings, whatever they say, change no row. */
function rowless(settings: Settings, keys: readonly string[], action: TransformAction): TransformAction {
  for (const key of keys) settings.get(key);
  return action;
}

/** @throws OperatorError naming the setting that is not understood */
export function parseTransforms(properties: SinkProperties): Transform[] {
  const transforms = listOf(properties.config['transforms']).map((alias) =>
    parseTransform(properties, alias),
  );
  refuseChangedSight(properties, transforms);
  return transforms;
}

/**
 * A condition behind a router sees what that has made of the topic's name or the headers; we
 * look at the record's own.
 */
function refuseChangedSight(properties: SinkProperties, transforms: readonly Transform[]): void {
  const seen = { topic: 'topic-name-matches', headers: 'has-header-key' } as const;
  const changed = new Set<string>();
  for (const { alias, condition, action } of transforms) {
    if (condition !== undefined && changed.has(condition.predicate.kind)) {
      throw refuse(properties, `transforms.${alias}.predicate`);
    }
    if (action.kind === 'route') changed.add(seen[action.changes]);
  }
}

function parseTransform(properties: SinkProperties, alias: string): Transform {
  const prefix = `transforms.${alias}.`;
  return readSettings(properties, prefix, (settings) => {
    const parse = ACTIONS[(settings.get('type') ?? '').replace(PACKAGE, '')];
    if (parse === undefined) throw settings.refuse('type');
    const condition = parseCondition(properties, settings);
    return { alias, condition, action: parse(settings) };
  });
}

/** @throws OperatorError for a setting under the prefix that `parse` did not read */
function readSettings<T>(properties: SinkProperties, prefix: string, parse: (settings: Settings) => T): T {
  const read = new Set<string>();
  const parsed = parse({
    get: (key) => {
      read.add(prefix + key);
      return properties.config[prefix + key];
    },
    refuse: (key) => refuse(properties, prefix + key),
  });
  const unread = Object.keys(properties.config).find((key) => key.startsWith(prefix) && !read.has(key));
  if (unread !== undefined) throw refuse(properties, unread);
  return parsed;
}

/** ReplaceField; `whitelist` and `blacklist` are its names before Kafka 2.6. */
function replaceField(settings: Settings): TransformAction {
  const include = listOf(settings.get('include') ?? settings.get('whitelist'));
  const exclude = listOf(settings.get('exclude') ?? settings.get('blacklist'));
  settings.get('whitelist');
  settings.get('blacklist');
  if ((settings.get('replace.null.with.default') ?? 'true').toLowerCase() !== 'true') {
    throw settings.refuse('replace.null.with.default');
  }
  const renames = listOf(settings.get('renames')).map((entry): [string, string] => {
    const [from, to, ...rest] = entry.split(':');
    if (from === undefined || to === undefined || rest.length > 0) throw settings.refuse('renames');
    return [from.trim(), to.trim()];
  });
  return { kind: 'replace-field', include, exclude, renames: new Map(renames) };
}

const PRECISIONS: readonly UnixPrecision[] = ['seconds', 'milliseconds', 'microseconds', 'nanoseconds'];

/** TimestampConverter to a Timestamp of one field: any other target is no timestamptz. */
function timestampConverter(settings: Settings): TransformAction {
  if (settings.get('target.type') !== 'Timestamp') throw settings.refuse('target.type');
  const field = settings.get('field') ?? '';
  if (field === '') throw settings.refuse('field');
  const wanted = settings.get('unix.precision') ?? 'milliseconds';
  const precision = PRECISIONS.find((name) => name === wanted);
  if (precision === undefined) throw settings.refuse('unix.precision');
  const pattern = settings.get('format') || undefined;
  const format = pattern === undefined ? undefined : compileDateFormat(pattern);
  if (pattern !== undefined && format === undefined) throw settings.refuse('format');
  if ((settings.get('replace.null.with.default') ?? 'true').toLowerCase() !== 'true') {
    throw settings.refuse('replace.null.with.default');
  }
  return { kind: 'timestamp-converter', field, precision, format };
}

function setSchemaMetadata(settings: Settings): TransformAction {
  settings.get('schema.version');
  settings.get('replace.null.with.default');
  return { kind: 'set-schema-name', schemaName: settings.get('schema.name') };
}

function parseCondition(properties: SinkProperties, settings: Settings): TransformCondition | undefined {
  const alias = settings.get('predicate');
  const negate = (settings.get('negate') ?? 'false').toLowerCase() === 'true';
  if (alias === undefined || alias === '') {
    if (negate) throw settings.refuse('negate');
    return undefined;
  }
  if (!listOf(properties.config['predicates']).includes(alias)) throw settings.refuse('predicate');
  return { predicate: parsePredicate(properties, alias), negate };
}

function parsePredicate(properties: SinkProperties, alias: string): Predicate {
  return readSettings(properties, `predicates.${alias}.`, (settings): Predicate => {
    switch ((settings.get('type') ?? '').replace(`${PACKAGE}predicates.`, '')) {
      case 'TopicNameMatches': {
        const pattern = compileJavaPattern(settings.get('pattern') ?? '');
        if (pattern === undefined) throw settings.refuse('pattern');
        return { kind: 'topic-name-matches', pattern };
      }
      case 'RecordIsTombstone':
        return { kind: 'record-is-tombstone' };
      case 'HasHeaderKey':
        return { kind: 'has-header-key', name: settings.get('name') ?? '' };
      default:
        throw settings.refuse('type');
    }
  });
}
