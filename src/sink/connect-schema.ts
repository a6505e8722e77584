import { z } from 'zod';
import { PoisonRecord } from './poison.ts';

/** A field of a value's struct schema, as Connect's JSON spells it. */
export interface SchemaField {
  readonly field: string;
  readonly type: string;
  readonly optional: boolean;
  /** The logical type's name. */
  readonly name: string | undefined;
  /** undefined: none. */
  readonly fallback: unknown;
}

export interface StructSchema {
  readonly name: string | undefined;
  readonly optional: boolean;
  readonly fields: readonly SchemaField[];
}

const fieldSchema = z.object({
  field: z.string(),
  type: z.string(),
  optional: z.boolean().default(false),
  name: z.string().nullish(),
  default: z.unknown().optional(),
});

const structSchema = z.object({
  type: z.literal('struct'),
  name: z.string().nullish(),
  optional: z.boolean().default(false),
  fields: z.array(fieldSchema),
});

export const NO_STRUCT_SCHEMA = 'the value has no struct schema';

/**
 * The schema part of an envelope.
 * @throws PoisonRecord for anything but a struct: JDBC sinks write nothing else
 */
export function parseStructSchema(schema: unknown): StructSchema {
  const parsed = structSchema.safeParse(schema);
  if (!parsed.success) throw new PoisonRecord(NO_STRUCT_SCHEMA);
  const { name, optional, fields } = parsed.data;
  return {
    name: name ?? undefined,
    optional,
    fields: fields.map((field) => ({
      field: field.field,
      type: field.type,
      optional: field.optional,
      name: field.name ?? undefined,
      fallback: field.default ?? undefined,
    })),
  };
}
