import { z } from 'zod';

/** One user session that a restore adds, or sets back. */
export const sessionChangeSchema = z.object({
  id: z.string(),
  /** The row as PostgreSQL writes one; null: the live database has no such session. */
  live: z.string().nullable(),
  backup: z.string(),
  /** What differs, by column; empty where it is missing. */
  columns: z.array(z.object({ column: z.string(), live: z.string(), backup: z.string() })),
});
export type SessionChange = z.infer<typeof sessionChangeSchema>;

type Shown = Readonly<Record<string, unknown>>;

/** What differs between two rows of one session, by column. Pure. */
export function differingColumns(live: Shown, backup: Shown): SessionChange['columns'] {
  return Object.keys(backup)
    .filter((column) => JSON.stringify(live[column]) !== JSON.stringify(backup[column]))
    .map((column) => ({ column, live: shownValue(live[column]), backup: shownValue(backup[column]) }));
}

function shownValue(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `session 7 is missing`; `session 7: status is ENDED, and was ACTIVE in the backup` */
export function describeSessionChange({ id, live, columns }: SessionChange): string {
  if (live === null) return `session ${id} is missing`;
  const parts = columns.map(({ column, live, backup }) => `${column} is ${live}, and was ${backup}`);
  return `session ${id}: ${parts.join('; ')} in the backup`;
}
