import { count } from '../core/activity.ts';
import type { Classified } from '../recovery/quarantine/classify.ts';
import { recordName } from '../recovery/quarantine/record-name.ts';
import { type Retries, retriedOf } from '../recovery/quarantine/retries.ts';
import type { RetryPlan, RetryResult } from '../recovery/quarantine/retry.ts';
import type { SetAsideRecord } from '../recovery/quarantine/set-aside-record.ts';
import { timestampText } from '../sink/timestamp-text.ts';
import { shownBytes, shownText, utf8Of } from './shown-bytes.ts';
import { facts, table } from './tables.ts';

/** What a machine is told of a record; `whole`: with its bytes. */
export function recordDocument(record: SetAsideRecord, retries: Retries, whole: boolean) {
  const { topic, partition, offset, kind, reason, timestamp, key, value, headers } = record;
  const retried = retriedOf(retries, record);
  return {
    ...{ record: recordName(record), topic, partition, offset, kind, reason },
    timestamp: timestamp === undefined ? null : new Date(Number(timestamp)).toISOString(),
    bytes: value?.length ?? null,
    retried: retried === undefined ? null : { outcome: retried.outcome, at: retried.at },
    ...(whole
      ? {
          key: bytesDocument(key),
          headers:
            headers?.map((header) => ({ key: header.key, value: bytesDocument(header.value) })) ?? null,
          value: bytesDocument(value),
        }
      : {}),
  };
}

function bytesDocument(bytes: Buffer | null) {
  if (bytes === null) return null;
  const text = utf8Of(bytes);
  return { base64: bytes.toString('base64'), ...(text === undefined ? {} : { text }) };
}

/** How many of each reason, the most first. */
export function reasonTable(records: readonly SetAsideRecord[]): string {
  const groups = [...Map.groupBy(records, ({ kind, reason }) => JSON.stringify([kind, reason])).values()];
  const rows = groups
    .sort((a, b) => b.length - a.length)
    .flatMap((group) => {
      const [first] = group;
      return first === undefined
        ? []
        : [[count(group.length), first.kind, recordName(first), shownText(first.reason)]];
    });
  return table(['RECORDS', 'KIND', 'FIRST', 'REASON'], rows, ['right']);
}

/** A line a record. */
export function recordTable(records: readonly SetAsideRecord[], retries: Retries): string {
  const rows = records.map((record) => [
    recordName(record),
    record.kind,
    record.value === null ? 'none' : String(record.value.length),
    retriedOf(retries, record)?.outcome ?? 'no',
    shownText(record.reason),
  ]);
  return table(['RECORD', 'KIND', 'BYTES', 'RETRIED', 'REASON'], rows, ['left', 'left', 'right']);
}

/** Where it lay, why it is in no table, and its bytes as a terminal may show them. */
export function describeRecord(record: SetAsideRecord, retries: Retries): string {
  const { kind, reason, timestamp, key, headers, value } = record;
  const retried = retriedOf(retries, record);
  const head = facts([
    ['record', recordName(record)],
    ['kind', KINDS[kind]],
    ['reason', shownText(reason)],
    ['written to Kafka', timestamp === undefined ? 'not kept' : new Date(Number(timestamp)).toISOString()],
    ['key', key === null ? 'none' : shownBytes(key)],
    ...(headers ?? []).map(
      (header) =>
        [
          `header ${shownText(header.key)}`,
          header.value === null ? 'none' : shownBytes(header.value),
        ] as const,
    ),
    ['retried', retried === undefined ? 'no' : `${OUTCOMES[retried.outcome]}, ${retried.at}`],
    ['value', value === null ? 'none' : `${count(value.length)} bytes`],
  ]);
  return value === null ? head : `${head}\n\n${shownBytes(value)}`;
}

const KINDS: Readonly<Record<SetAsideRecord['kind'], string>> = {
  undecodable: 'undecodable: no row can be made of it',
  refused: 'refused: the database does not take its row',
  skipped: 'skipped: the approved plan left it out',
};

const OUTCOMES = { written: 'its row was written', there: 'the database held its event already' } as const;

/** What a retry would do. */
export function describeRetryPlan({
  writable,
  retried,
  unwritable,
  samples,
  beforeCutoff,
}: RetryPlan): string {
  const rows = samples.flatMap((found) => (found.state === 'writable' ? [rowOf(found)] : []));
  const shown = rows.length === 0 ? [] : [table(['RECORD', 'TABLE', 'ENTITY', 'OP', 'TIME', 'STATE'], rows)];
  const more = writable > rows.length ? [`… and ${count(writable - rows.length)} more`] : [];
  const others = samples.flatMap((found) =>
    found.state === 'unwritable' ? [`- ${recordName(found.record)} stays: ${shownText(found.why)}`] : [],
  );
  const left = unwritable > others.length ? [`- and ${count(unwritable - others.length)} others stay`] : [];
  const old =
    beforeCutoff === 0
      ? []
      : [
          `- ${count(beforeCutoff)} of them are older than what MSR can replay: the next maintenance drops them again`,
        ];
  const sums = `${count(writable)} to write, ${count(unwritable)} stay, ${count(retried)} were retried before`;
  return [...shown, ...more, ...others, ...left, ...old, sums].join('\n');
}

const SHOWN_STATE = 60;

function rowOf({ record, event }: Extract<Classified, { readonly state: 'writable' }>): string[] {
  const state = event.entityState ?? 'none';
  return [
    recordName(record),
    shownText(event.tableName ?? 'none'),
    shownText(event.entityId ?? 'none'),
    shownText(event.op ?? 'none'),
    event.timestampMicros === null ? 'none' : timestampText(event.timestampMicros),
    shownText(state.length > SHOWN_STATE ? `${state.slice(0, SHOWN_STATE)}…` : state),
  ];
}

/** What a retry did. */
export function describeRetryResult({ written, there, known, refused }: RetryResult): string {
  return [
    ...refused.map(({ record, why }) => `- ${record} stays: ${shownText(why)}`),
    [
      `${count(written)} rows written`,
      ...(there === 0 ? [] : [`${count(there)} events were there already`]),
      ...(known === 0 ? [] : [`${count(known)} had been seen to by a run that was broken off`]),
    ].join('; '),
  ].join('\n');
}
