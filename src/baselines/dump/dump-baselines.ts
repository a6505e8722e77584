import { readWholeDump } from '../../clients/dump-fault.ts';
import { timed } from '../../core/timed.ts';
import { UnreadableDumpError } from '../../manifest/unreadable-dump-error.ts';
import { type StoredArtifact, VaultPath } from '../../vault/vault.ts';
import type { BackupContext } from '../backup-context.ts';
import type { Baseline, BaselineResult, BaselineSource, Completion } from '../strategy.ts';
import { verifyArtifacts } from '../verify-backup.ts';
import { dumpDatabase } from './dump.ts';

/** `pg_dump` of the exported snapshot, streamed into the vault and read again from end to end. */
export function dumpBaselines(): BaselineSource {
  return {
    // What a dump needs is checked for every backup: rights, versions, room.
    check: async () => {},
    begin: (ctx, backupId): Baseline => ({
      // The snapshot is exported already; pg_dump attaches to it after the pause.
      atCut: async () => {},
      complete: (completion) => dumpAndVerify(ctx, backupId, completion),
      // The folder in the vault is all that there is, and the backup removes it itself.
      abandon: async () => {},
    }),
    removeOrphans: async () => {},
    handlers: {},
  };
}

/** @throws UnreadableDumpError, DumpOvertakenError, and what pg_dump and the vault throw */
async function dumpAndVerify(
  { settings, vault, progress }: BackupContext,
  backupId: string,
  { snapshotId, estimate, signal }: Completion,
): Promise<BaselineResult> {
  const ctx = { settings, vault, progress, signal };
  const path = VaultPath.dump(backupId);
  const dump = await timed(() => dumpDatabase({ ...ctx, path, snapshotId, estimate }));
  const verified = await timed(() => verify(ctx, backupId, dump.result));
  return {
    artifacts: [dump.result],
    volumes: [],
    remarks: [],
    seconds: dump.seconds,
    verifySeconds: verified.seconds,
  };
}

async function verify(ctx: BackupContext, id: string, dump: StoredArtifact): Promise<void> {
  const { vault, progress, signal, settings } = ctx;
  const report = await verifyArtifacts(
    vault,
    { id, artifacts: [dump], volumes: [] },
    { readDump: (content) => readWholeDump(content, { pgBin: settings.pgBin, signal }), progress, signal },
  );
  const bad = report.artifacts.filter(({ outcome }) => outcome === 'damaged');
  if (bad.length > 0)
    throw new UnreadableDumpError(bad.map(({ path, fact }) => `${path}: ${fact}`).join('; '));
}
