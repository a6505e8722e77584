import type { ReplayedEvent, ReplayedState } from '../../clients/msr-api.ts';
import { jsonContent } from './json-content.ts';

/** An entity as a replay must show it at a moment, by the database's own rows. */
export interface KnownEntity {
  readonly entityId: string;
  readonly tableName: string;
  /** JSON texts: more than one where several events have the moment of the last one. `deleted`: none. */
  readonly states: readonly (string | null)[] | 'deleted';
}

/** An event as the database holds it; its moment to the millisecond. */
export interface KnownEvent {
  readonly entityId: string | null;
  readonly tableName: string | null;
  readonly op: string | null;
  readonly state: string | null;
  readonly at: number;
}

/** Events between two moments; at the edges they may be told or not, since the contract does not say. */
export interface KnownEvents {
  readonly within: readonly KnownEvent[];
  readonly atEdges: readonly KnownEvent[];
}

export interface Comparison {
  readonly compared: number;
  /** What is not as in the database, in words; nobody's data but ids. */
  readonly differences: readonly string[];
}

/** Pure: whether the API shows each known entity as the database has it. */
export function compareStates(known: readonly KnownEntity[], told: readonly ReplayedState[]): Comparison {
  const wanted = new Set(known.map(keyOfKnown));
  const byEntity = new Map<string, ReplayedState[]>();
  for (const state of told) {
    const key = entityKey(state.entity_id, state.table_name);
    if (wanted.has(key)) byEntity.set(key, [...(byEntity.get(key) ?? []), state]);
  }
  const differences = known.flatMap((entity) => {
    const difference = differenceOf(entity, byEntity.get(keyOfKnown(entity)) ?? []);
    return difference === undefined ? [] : [`${nameOf(entity)} ${difference}`];
  });
  return { compared: known.length, differences };
}

function differenceOf({ states }: KnownEntity, told: readonly ReplayedState[]): string | undefined {
  const shown = told.filter(({ op }) => op.trim() !== 'd');
  if (states === 'deleted') return shown.length === 0 ? undefined : 'is shown, and was deleted';
  const [first, ...more] = shown;
  if (first === undefined) return 'is not shown';
  if (more.length > 0) return `is shown ${shown.length} times`;
  const content = contentOf(first.entity_state);
  return states.some((state) => contentOfText(state) === content) ? undefined : 'is shown in another state';
}

/** Pure: whether the API tells the events that the database holds, each as often. */
export function compareEvents({ within, atEdges }: KnownEvents, told: readonly ReplayedEvent[]): Comparison {
  const left = new Map<string, { readonly name: string; count: number }>();
  for (const event of within) {
    const key = keyOfEvent(event);
    const entry = left.get(key) ?? { name: nameOfEvent(event), count: 0 };
    entry.count++;
    left.set(key, entry);
  }
  const mayCome = new Set(atEdges.map(keyOfEvent));
  const differences: string[] = [];
  for (const event of told.map(fromTold)) {
    const key = keyOfEvent(event);
    const entry = left.get(key);
    if (entry !== undefined && entry.count > 0) entry.count--;
    else if (!mayCome.has(key)) {
      const what = entry === undefined ? 'is not in the database' : 'is told more often than it is there';
      differences.push(`${nameOfEvent(event)} ${what}`);
    }
  }
  for (const { name, count } of left.values()) {
    if (count > 0) differences.push(`${name} is missing${count === 1 ? '' : `, ${count} times`}`);
  }
  return { compared: within.length, differences };
}

function fromTold(event: ReplayedEvent): KnownEvent {
  return {
    entityId: event.entity_id,
    tableName: event.table_name,
    op: event.op,
    state: contentOf(event.entity_state),
    // A Date of JavaScript cuts microseconds, as the database's answer does.
    at: Date.parse(event.event_timestamp),
  };
}

function keyOfEvent({ entityId, tableName, op, state, at }: KnownEvent): string {
  return JSON.stringify([entityId ?? '', tableName ?? '', (op ?? '').trim(), at, contentOfText(state)]);
}

function nameOfEvent({ entityId, tableName, at }: KnownEvent): string {
  const moment = Number.isNaN(at) ? 'an unreadable time' : new Date(at).toISOString();
  return `the event of ${nameOf({ entityId: entityId ?? '', tableName: tableName ?? '' })} at ${moment}`;
}

function keyOfKnown({ entityId, tableName }: KnownEntity): string {
  return entityKey(entityId, tableName);
}

function entityKey(entityId: string, tableName: string): string {
  return JSON.stringify([entityId, tableName]);
}

const SHOWN_ID = 60;

/** An id is data: quoted, and cut where it is long. */
function nameOf({ entityId, tableName }: Pick<KnownEntity, 'entityId' | 'tableName'>): string {
  const id = entityId.length > SHOWN_ID ? `${entityId.slice(0, SHOWN_ID)}…` : entityId;
  return `${JSON.stringify(id)} of ${JSON.stringify(tableName)}`;
}

/** An API may hand a state out as the JSON value that it is, or as its text. */
function contentOf(state: unknown): string {
  return typeof state === 'string' ? contentOfText(state) : jsonContent(state ?? null);
}

/** Nobody sees from an answer whether it was NULL or JSON's null. */
function contentOfText(text: string | null): string {
  if (text === null) return 'null';
  try {
    return jsonContent(JSON.parse(text));
  } catch {
    return jsonContent(text);
  }
}
