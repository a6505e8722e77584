import { OperatorError } from '../core/operator-error.ts';
import type { SchemaField, StructSchema } from './connect-schema.ts';
import { PoisonRecord } from './poison.ts';
import type { SinkConfig } from './sink-config.ts';
import type { Transform, TransformAction } from './transform-config.ts';

export type TimestampConversion = Extract<TransformAction, { kind: 'timestamp-converter' }>;

/** How an event_timestamp is read. */
type TimeSource =
  /** Connect's Timestamp already: milliseconds. */
  | { readonly kind: 'timestamp' }
  | { readonly kind: 'unix'; readonly conversion: TimestampConversion }
  | { readonly kind: 'text'; readonly conversion: TimestampConversion };

/** The field that each column comes from; undefined: the record has none, the column is null. */
export interface ColumnPlan {
  readonly entity_id: SchemaField | undefined;
  readonly entity_state: SchemaField | undefined;
  readonly op: SchemaField | undefined;
  readonly table_name: SchemaField | undefined;
  readonly event_timestamp: { readonly field: SchemaField; readonly source: TimeSource } | undefined;
}

/** A field on its way through the transforms, under the name it has there. */
interface TravellingField {
  readonly name: string;
  readonly field: SchemaField;
  readonly conversion: TimestampConversion | undefined;
}

const COLUMNS = ['entity_id', 'entity_state', 'op', 'event_timestamp', 'table_name'];
const NESTED = ['struct', 'array', 'map'];
const TIMESTAMP = 'org.apache.kafka.connect.data.Timestamp';

/**
 * Applies the transforms to a schema: what they do depends on names and types only.
 * @param transforms those whose condition holds for the record, in order
 * @throws PoisonRecord where the sink cannot have written a record of this schema
 * @throws OperatorError where it may have, in a way we do not know
 */
export function columnPlan(
  schema: StructSchema,
  transforms: readonly Transform[],
  sink: Pick<SinkConfig, 'dialect' | 'evolves'>,
): ColumnPlan {
  let fields = schema.fields.map(
    (field): TravellingField => ({ name: field.field, field, conversion: undefined }),
  );
  let schemaName = schema.name;
  for (const { action } of transforms) {
    if (action.kind === 'set-schema-name') schemaName = action.schemaName ?? schemaName;
    else fields = applyAction(fields, action);
  }
  refuseEnvelope(schemaName, sink.dialect);
  const byName = indexByName(fields);
  for (const name of byName.keys()) refuseUnknownColumn(name, sink.evolves);
  const text = (column: string) => textField(column, byName.get(column));
  return {
    entity_id: text('entity_id'),
    entity_state: text('entity_state'),
    op: text('op'),
    table_name: text('table_name'),
    event_timestamp: timeField(byName.get('event_timestamp')),
  };
}

function applyAction(fields: readonly TravellingField[], action: TransformAction): TravellingField[] {
  switch (action.kind) {
    case 'replace-field':
      return fields
        .filter(({ name }) => !action.exclude.includes(name))
        .filter(({ name }) => action.include.length === 0 || action.include.includes(name))
        .map((field) => ({ ...field, name: action.renames.get(field.name) ?? field.name }));
    case 'timestamp-converter':
      return fields.map((field) => (field.name === action.field ? convertTime(field, action) : field));
    case 'flatten':
      for (const { field } of fields) if (NESTED.includes(field.type)) throw unknownType(field);
      return [...fields];
    default:
      return [...fields];
  }
}

function convertTime(field: TravellingField, conversion: TimestampConversion): TravellingField {
  const { type, name } = field.field;
  // Timestamp to Timestamp changes nothing.
  if (name === TIMESTAMP || field.conversion !== undefined) return field;
  if (name !== undefined) throw unknownType(field.field);
  if (type === 'int64' || type === 'string') return { ...field, conversion };
  throw new PoisonRecord(`TimestampConverter cannot read field ${field.name}, which is ${type}`);
}

function indexByName(fields: readonly TravellingField[]): ReadonlyMap<string, TravellingField> {
  const byName = new Map<string, TravellingField>();
  for (const field of fields) {
    if (byName.has(field.name)) throw new PoisonRecord(`two fields are called ${field.name}`);
    byName.set(field.name, field);
  }
  return byName;
}

/**
 * Both dialects refuse a record with a field that the table lacks and that they may not
 * add (auto.evolve=false, schema.evolution=none): their task fails. Where they may add it,
 * the row is wider than ours.
 */
function refuseUnknownColumn(name: string, evolves: boolean): void {
  if (COLUMNS.includes(name)) return;
  if (!evolves) throw new PoisonRecord(`msr.cdc_event has no column for field ${name}`);
  throw new OperatorError(`a record has field ${name}, for which the sink would have added a column`, {
    hint: 'exclude the field in the sink (ReplaceField), or set auto.evolve=false or schema.evolution=none',
  });
}

/** Debezium's sink unwraps what it takes for a change envelope by the schema's name. */
function refuseEnvelope(name: string | undefined, dialect: SinkConfig['dialect']): void {
  if (dialect !== 'debezium' || name === undefined || !name.endsWith('Envelope')) return;
  throw new OperatorError(`a record has the schema ${name}, which Debezium's sink unwraps`, {
    hint: "the replayer reads MSR's flat records only: give the records a schema of another name in the sink (SetSchemaMetadata)",
  });
}

const JSON_TEXT = 'io.debezium.data.Json';

function textField(column: string, travelling: TravellingField | undefined): SchemaField | undefined {
  if (travelling === undefined) return undefined;
  const { field, conversion } = travelling;
  if (conversion !== undefined || field.type !== 'string') {
    throw new PoisonRecord(
      `column ${column} cannot be written from field ${field.field} of type ${typeOf(travelling)}`,
    );
  }
  const known = field.name === undefined || (column === 'entity_state' && field.name === JSON_TEXT);
  if (!known) throw unknownType(field);
  return field;
}

function timeField(travelling: TravellingField | undefined): ColumnPlan['event_timestamp'] {
  if (travelling === undefined) return undefined;
  const { field, conversion } = travelling;
  if (field.name === TIMESTAMP && field.type === 'int64') return { field, source: { kind: 'timestamp' } };
  if (conversion !== undefined) {
    return { field, source: { kind: field.type === 'int64' ? 'unix' : 'text', conversion } };
  }
  // A driver with stringtype=unspecified lets the server read the text, by rules of its own.
  if (field.name !== undefined || field.type === 'string') throw unknownType(field);
  throw new PoisonRecord(
    `column event_timestamp cannot be written from field ${field.field} of type ${field.type}`,
  );
}

function typeOf({ field, conversion }: TravellingField): string {
  return conversion === undefined ? (field.name ?? field.type) : 'Timestamp';
}

function unknownType(field: SchemaField): OperatorError {
  const type = field.name ?? field.type;
  return new OperatorError(
    `the replayer does not know how the sink writes field ${field.field} of type ${type}`,
    {
      hint: 'convert the field in the sink (TimestampConverter), or leave it out (ReplaceField)',
    },
  );
}
