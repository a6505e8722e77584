import type { ConnectClient } from '../clients/connect.ts';
import { readWholeDump } from '../clients/pg-tools.ts';
import type { Manifest } from '../manifest.ts';
import { OperatorError } from '../operator-error.ts';
import { type StoredArtifact, VaultPath } from '../vault/vault.ts';
import type { BackupContext } from './backup-context.ts';
import type { ConnectorConfig } from './connector-references.ts';
import type { SinkCut } from './cut.ts';
import { describeSnapshot } from './describe-snapshot.ts';
import { dumpDatabase } from './dump.ts';
import { buildManifest } from './manifest-of-cut.ts';
import type { Preflight } from './preflight.ts';
import type { SnapshotSession } from './snapshot.ts';
import { together } from './together.ts';
import { verifyArtifacts } from './verify-backup.ts';

export interface StoreRequest {
  readonly id: string;
  readonly connect: ConnectClient;
  readonly checked: Preflight;
  readonly cut: SinkCut;
  readonly snapshot: SnapshotSession;
}

/**
 * Dump and proof of one snapshot, side by side; then the dump is read again from end to end.
 * @returns the manifest, which is still to be written
 * @throws UnreadableDumpError, DumpOvertakenError, and what pg_dump and the vault throw
 */
export async function store(ctx: BackupContext, request: StoreRequest): Promise<Manifest> {
  const { id, connect, checked, cut, snapshot } = request;
  const connectors = await readConnectors(connect);
  const dumpRequest = {
    ...ctx,
    path: VaultPath.dump(id),
    snapshotId: cut.snapshot.id,
    estimate: checked.estimate,
  };
  const [dump, facts] = await together(
    ctx.signal,
    (signal) => timed(() => dumpDatabase({ ...dumpRequest, signal })),
    (signal) => timed(() => describeSnapshot({ ...ctx, snapshot, signal })),
  );
  const verified = await timed(() => verify(ctx, id, dump.result));
  const durations = {
    dumpSeconds: dump.seconds,
    digestSeconds: facts.seconds,
    verifySeconds: verified.seconds,
  };
  return buildManifest({ id, checked, cut, dump: dump.result, facts: facts.result, connectors, durations });
}

async function readConnectors(connect: ConnectClient): Promise<ConnectorConfig[]> {
  const names = await connect.listConnectors();
  return await Promise.all(names.sort().map(async (name) => ({ name, config: await connect.config(name) })));
}

async function verify(ctx: BackupContext, id: string, dump: StoredArtifact): Promise<void> {
  const { vault, progress, signal, settings } = ctx;
  const report = await verifyArtifacts(
    vault,
    { id, artifacts: [dump] },
    { readDump: (content) => readWholeDump(content, { pgBin: settings.pgBin, signal }), progress, signal },
  );
  const bad = report.artifacts.filter(({ outcome }) => outcome === 'damaged');
  if (bad.length > 0)
    throw new UnreadableDumpError(bad.map(({ path, fact }) => `${path}: ${fact}`).join('; '));
}

/** What was just written cannot be read back as it was written: the vault's medium, most likely. */
export class UnreadableDumpError extends OperatorError {
  override readonly name = 'UnreadableDumpError';

  constructor(fact: string) {
    super(`the dump does not read back as it was written: ${fact}`, {
      hint: "no backup was kept; check the vault's storage before you take another one",
    });
  }
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const started = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - started) / 1000 };
}
