import type { KafkaRecord } from '../clients/kafka/kafka-record.ts';
import { type ColumnPlan, columnPlan } from './column-plan.ts';
import type { StructSchema } from './connect-schema.ts';
import type { SinkConfig } from './sink-config.ts';
import type { Transform, TransformCondition } from './transform-config.ts';

/**
 * Which transforms a record meets, and what columns they make of its schema: one plan for each pair of
 * them.
 */
export class SinkPlans {
  readonly #sink: SinkConfig;
  readonly #conditional: boolean;
  readonly #bySchema = new WeakMap<StructSchema, Map<string, ColumnPlan>>();

  constructor(sink: SinkConfig) {
    this.#sink = sink;
    this.#conditional = sink.transforms.some(({ condition }) => condition !== undefined);
  }

  appliedTo(record: KafkaRecord, isTombstone: boolean): readonly Transform[] {
    if (!this.#conditional) return this.#sink.transforms;
    return this.#sink.transforms.filter(({ condition }) => holds(condition, record, isTombstone));
  }

  /** @throws as columnPlan */
  of(schema: StructSchema, transforms: readonly Transform[]): ColumnPlan {
    const known = this.known(schema, transforms);
    if (known !== undefined) return known;
    const plan = columnPlan(schema, transforms, this.#sink);
    const plans = this.#bySchema.get(schema) ?? new Map<string, ColumnPlan>();
    this.#bySchema.set(schema, plans.set(this.#keyOf(transforms), plan));
    return plan;
  }

  /** @returns undefined where none was made yet */
  known(schema: StructSchema, transforms: readonly Transform[]): ColumnPlan | undefined {
    return this.#bySchema.get(schema)?.get(this.#keyOf(transforms));
  }

  /** Where no condition changes them, all have one. */
  #keyOf(transforms: readonly Transform[]): string {
    return this.#conditional ? transforms.map(({ alias }) => alias).join() : '';
  }
}

/**
 * Transforms see the record in their order, but no condition that we know depends on what one before it
 * did.
 */
function holds(
  condition: TransformCondition | undefined,
  record: KafkaRecord,
  isTombstone: boolean,
): boolean {
  if (condition === undefined) return true;
  const { predicate, negate } = condition;
  switch (predicate.kind) {
    case 'topic-name-matches':
      return predicate.pattern.test(record.topic) !== negate;
    case 'record-is-tombstone':
      return isTombstone !== negate;
    case 'has-header-key':
      return record.headers.some(({ key }) => key === predicate.name) !== negate;
  }
}
