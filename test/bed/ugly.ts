import type { Payload } from './payload.ts';

/** Makes an ugly event of a usual one; null makes a tombstone of it. */
export type Change = (usual: Payload, number: number) => Payload | null;

const DAY_MS = 86_400_000;

/** Everything that a message may legally hold and a careless replay would lose, double or alter. */
export const UGLY_CHANGES: readonly Change[] = [
  withText('He said "no" \\ and \\\\ and \'yes\' and $1 and %s'),
  withText("tab\tnewline\ncarriage\rbackspace\bformfeed\f, COPY's own \\N and \\. and \\t"),
  withText('\\N'),
  withText('astral 😀 𝒳 👩‍👩‍👧‍👦, combining e\u0301, right-to-left \u202e, no-break \u00a0, line \u2028'),
  withText('x'.repeat(200 * 1024)),
  withText(JSON.stringify({ nested: JSON.stringify({ deeper: '"\\"' }) })),
  (usual, n) => ({ ...usual, entity_id: `id "with" \\ back\\N tab\t line\n 😀 ${n}` }),
  (usual) => ({ ...usual, entity_id: '' }),
  (usual) => ({ ...usual, entity_id: '\\N' }),
  // No state, and a state that is JSON's null: NULL and 'null'::jsonb are two things.
  (usual, n) => ({ ...usual, entity_id: `no-state-${n}`, data: null }),
  (usual, n) => ({ ...usual, entity_id: `json-null-${n}`, data: 'null' }),
  (usual, n) => ({ ...usual, op: 'd', data: JSON.stringify({ n }) }),
  (usual, n) => ({ ...usual, op: 'r', data: `{ "n" : ${n} , "spaces":  [ ] , "empty": {} }` }),
  // jsonb keeps every digit of a number, JavaScript does not; of two equal keys the last stays.
  (usual, n) => ({
    ...usual,
    data: `{"n":${n},"big":123456789012345678901234567890.0123456789,"tiny":1e-20}`,
  }),
  (usual, n) => ({ ...usual, data: `{"n":${n},"twice":1,"twice":2,"escaped":"\\u00e9\\ud83d\\ude00\\/"}` }),
  (usual) => ({ ...usual, event_timestamp: usual.event_timestamp - 2 * DAY_MS }),
  (usual) => ({ ...usual, event_timestamp: usual.event_timestamp - 3_600_000 }),
  () => null,
];

function withText(text: string): Change {
  return (usual, n) => ({ ...usual, data: JSON.stringify({ n, text }) });
}
