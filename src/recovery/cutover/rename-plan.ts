import { OperatorError } from '../../core/operator-error.ts';

/** A row of pg_database, as far as a rename cares. */
export interface DatabaseFact {
  readonly name: string;
  /** Names move, oids do not. */
  readonly oid: number;
}

/** Which database is to take the live name, and what becomes of the one that has it. */
export interface RenameRequest {
  readonly live: string;
  /** The oid of the one that is to take the live name, and the name that it has until then. */
  readonly incoming: DatabaseFact;
  /** The name that the present live database is kept under. */
  readonly keepAs: string;
}

export type RenamePlan =
  | { readonly kind: 'done' }
  | {
      readonly kind: 'rename';
      /** undefined: no database holds the live name; only one rename is needed. */
      readonly outgoing: DatabaseFact | undefined;
    };

/**
 * What is left to be done, from what is there now: a rename that was broken off is seen by the oids.
 * @throws OperatorError where the names are held by databases that this recovery knows nothing of
 */
export function planRename(present: readonly DatabaseFact[], request: RenameRequest): RenamePlan {
  const { live, incoming, keepAs } = request;
  const now = present.find(({ oid }) => oid === incoming.oid);
  if (now?.name === live) return { kind: 'done' };
  if (now === undefined || now.name !== incoming.name) {
    throw new OperatorError(
      now === undefined
        ? `the database ${incoming.name} is not there any more`
        : `the database ${incoming.name} was renamed to ${now.name} by somebody else`,
      { hint: 'nothing was changed; run `msr recover` again: it builds or finds what it needs' },
    );
  }
  const outgoing = present.find(({ name }) => name === live);
  if (outgoing !== undefined && present.some(({ name }) => name === keepAs)) {
    throw new OperatorError(`the database ${live} cannot be kept as ${keepAs}: that name is taken`, {
      hint: `look what ${keepAs} holds; rename or drop it, and run the command again`,
    });
  }
  return { kind: 'rename', outgoing };
}
