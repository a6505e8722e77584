import { runPgTool } from '../../clients/pg-tools.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { hasDump } from '../../manifest/baseline-kind.ts';
import { showBackup } from '../../manifest/catalogue.ts';
import { type DumpContext, withDump } from '../restore/fetch-dump.ts';
import { type CopyBlock, copyBlockOf } from './copy-block.ts';

/**
 * The rows of msr.session as a backup holds them: the whole dump is brought out and checked first, since a
 * manifest does not hold them.
 * @throws OperatorError for a backup of volumes alone, and one without the table; DamagedBackupError
 */
export async function savedSessions(
  ctx: DumpContext & { readonly pgBin: string | undefined },
  backupId: string,
): Promise<CopyBlock> {
  const manifest = await showBackup(ctx.vault, backupId);
  if (!hasDump(manifest)) {
    throw new OperatorError(`the backup ${backupId} has no dump to take sessions from`, {
      hint: 'name one that has (`--backup`; `msr backups list` shows them): rows of one table cannot be read from volumes',
    });
  }
  const { pgBin, signal } = ctx;
  const script = await withDump(ctx, manifest, ({ file }) =>
    runPgTool(
      'pg_restore',
      ['--data-only', '--schema=msr', '--table=session', '--strict-names', '--file=-', file],
      { pgBin, signal },
    ),
  );
  const block = copyBlockOf(script, 'msr.session');
  if (block?.columns.includes('id') === true) return block;
  throw new OperatorError(`the backup ${backupId} has no msr.session with an id`, {
    hint: 'name another backup by --backup',
  });
}
