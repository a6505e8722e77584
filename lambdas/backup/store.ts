import type { ConnectClient } from '../clients/connect.ts';
import type { Manifest } from '../manifest.ts';
import { timed } from '../timed.ts';
import type { BackupContext } from './backup-context.ts';
import type { ConnectorConfig } from './connector-references.ts';
import type { SinkCut } from './cut.ts';
import { describeSnapshot } from './describe-snapshot.ts';
import { buildManifest } from './manifest-of-cut.ts';
import type { Preflight } from './preflight.ts';
import type { SnapshotSession } from './snapshot.ts';
import type { Baseline, StrategyName } from './strategy.ts';
import { together } from './together.ts';

export interface StoreRequest {
  readonly id: string;
  readonly connect: ConnectClient;
  readonly checked: Preflight;
  readonly cut: SinkCut;
  readonly snapshot: SnapshotSession;
  readonly strategy: StrategyName;
  readonly baseline: Baseline;
}

/**
 * Baseline and proof of one snapshot, side by side.
 * @returns the manifest, which is still to be written
 * @throws what the strategy throws while it completes its baseline
 */
export async function store(ctx: BackupContext, request: StoreRequest): Promise<Manifest> {
  const { id, connect, checked, cut, snapshot, strategy } = request;
  const connectors = await readConnectors(connect);
  const completion = { snapshotId: cut.snapshot.id, estimate: checked.estimate };
  const [baseline, facts] = await together(
    ctx.signal,
    (signal) => request.baseline.complete({ ...completion, signal }),
    (signal) => timed(() => describeSnapshot({ ...ctx, snapshot, signal })),
  );
  const durations = {
    dumpSeconds: baseline.seconds,
    digestSeconds: facts.seconds,
    verifySeconds: baseline.verifySeconds,
  };
  return buildManifest({
    ...{ id, strategy, checked, cut, baseline, connectors, durations },
    facts: facts.result,
  });
}

async function readConnectors(connect: ConnectClient): Promise<ConnectorConfig[]> {
  const names = await connect.listConnectors();
  return await Promise.all(names.sort().map(async (name) => ({ name, config: await connect.config(name) })));
}
