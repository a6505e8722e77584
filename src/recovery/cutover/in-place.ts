import { inTransaction, type Session, withSession } from '../../clients/postgres.ts';
import { failpoint } from '../../core/failpoint.ts';
import { renamePurpose } from '../../freeze/broken-off-cutover.ts';

/**
 * The commit point of a cutover, or of its undo, where the live name cannot move: the database of that name
 * says in its marker whether it is the live one (live-server.ts). In a session that is known by its
 * purpose: whoever takes up a cutover that was broken off ends it first, so that no COMMIT is under way any
 * more (broken-off-cutover.ts).
 * @param url of the database
 * @param change what is committed
 */
export async function commitInPlace(
  url: string,
  recoveryId: string,
  change: (session: Session) => Promise<void>,
): Promise<void> {
  await withSession(url, { purpose: renamePurpose(recoveryId) }, async (session) => {
    failpoint('rename.before');
    await inTransaction(session, () => change(session));
    failpoint('rename.after');
  });
}
