import type { Session } from '../../clients/postgres.ts';
import type { Manifest } from '../../manifest/manifest.ts';

type LeftBehind = NonNullable<Manifest['leftBehind']>;

/** What there is, by kind; nothing here needs more rights than to log in. */
const FOUND_SQL = `
SELECT 'slot' AS kind, slot_name::text AS name FROM pg_replication_slots
  WHERE slot_type = 'logical' AND database = current_database()
UNION ALL SELECT 'subscription', subname FROM pg_subscription
  WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
UNION ALL SELECT 'comment', shobj_description(oid, 'pg_database') FROM pg_database
  WHERE datname = current_database() AND shobj_description(oid, 'pg_database') NOT LIKE 'MSR Recovery %'
UNION ALL SELECT 'label', provider || ': ' || label FROM pg_shseclabel
  WHERE classoid = 'pg_database'::regclass AND objoid = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY 1, 2`;

const REMEDY: Readonly<Record<string, (name: string) => LeftBehind[number]>> = {
  slot: (name) => ({
    what: `logical replication slot ${name}`,
    todo: 'it stays with the old database: let its consumer make one on the recovered database, and take a copy anew',
  }),
  subscription: (name) => ({
    what: `subscription ${name}`,
    todo: 'it is not made again, since it would read on from where the old one stands: create it by hand, WITH (connect = false) first',
  }),
  comment: (text) => ({
    what: `comment on the database: ${text}`,
    todo: 'COMMENT ON DATABASE gives it back; the recovered one says which recovery made it',
  }),
  label: (text) => ({
    what: `security label of the database (${text})`,
    todo: 'SECURITY LABEL ON DATABASE gives it back, where its provider is loaded',
  }),
};

/**
 * What belongs to the database and is carried over by no dump of it, with what to do. Publications, event
 * triggers, large objects, comments and security labels of what lies within are in the dump.
 */
export async function readLeftBehind(session: Session): Promise<LeftBehind> {
  const { rows } = await session.query<{ kind: string; name: string }>(FOUND_SQL);
  return rows.flatMap(({ kind, name }) => REMEDY[kind]?.(name) ?? []);
}
