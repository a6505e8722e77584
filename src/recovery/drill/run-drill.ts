import { openKafkaAdmin } from '../../clients/kafka/kafka-admin.ts';
import { withSession } from '../../clients/postgres.ts';
import { withDatabase } from '../../clients/postgres-url.ts';
import { newId } from '../../core/ids.ts';
import { messageOf, OperatorError } from '../../core/operator-error.ts';
import { balanceText, type Ledger } from '../../ledger/ledger.ts';
import { prove } from '../../ledger/prove.ts';
import { recoveryNames } from '../../live/database-names.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import { maintenanceUrl } from '../../settings/settings.ts';
import { sinkTopics } from '../../sink/sink-config.ts';
import { sinkConnect } from '../../sink/sink-connect.ts';
import type { ValidationReport } from '../../validation/report.ts';
import { validateDatabase } from '../../validation/validate.ts';
import { writeJson } from '../../vault/json-documents.ts';
import { currentOwner } from '../../vault/lock.ts';
import { describeOwner } from '../../vault/lock-owner.ts';
import { VaultPath } from '../../vault/vault.ts';
import type { RecoveryContext } from '../context.ts';
import { rebuildDerived } from '../rebuild/rebuild.ts';
import { claimScratch, dropScratch } from '../rehearsal/scratch.ts';
import { readReplayInput } from '../replay/replay-input.ts';
import { openReplayer } from '../replay/replayer.ts';
import { restoreDatabase } from '../restore/restore.ts';
import { chooseDrilled, type DrilledBackup } from './choose-drilled.ts';
import type { DrillReport } from './drill-report.ts';
import { dropLeftDrills } from './left-drills.ts';
import { writeDrillReport } from './write-drill-report.ts';

/** A recovery or a cleanup has begun while the drill was under way: the server is its own. */
class DrillOvertakenError extends OperatorError {
  override readonly name = 'DrillOvertakenError';
}

export interface DrillRequest {
  /** @default newest */
  readonly backup?: DrilledBackup;
  /** How long events are replayed; the rest is left to a real recovery. @default 3,600 */
  readonly replaySeconds?: number;
}

export type DrillContext = Omit<RecoveryContext, 'recoveryId' | 'assertLockHeld'>;

const REPLAY_SECONDS = 3_600;

/**
 * A whole recovery on the server of recoveries, up to the cutover and not further: restore, replay,
 * ledger, derived tables, validation; then the database is dropped. It never touches the sink or the
 * live database, and holds no lock: a backup may run beside it, a recovery ends it.
 * @returns its report, which lies in the vault too: a fault is its result
 * @throws OperatorError where no backup can be drilled, and VaultWriteError
 */
export async function runDrill(outer: DrillContext, request: DrillRequest = {}): Promise<DrillReport> {
  const manifest = await chooseDrilled(outer.vault, request.backup ?? 'newest');
  const drillId = newId();
  // The target's URL may name the very database that is gone: only its server is meant.
  const settings = { ...outer.settings, targetDatabaseUrl: maintenanceUrl(outer.settings) };
  const ctx = { ...outer, settings, recoveryId: drillId, assertLockHeld: () => requireAlone(outer) };
  const drill = new Drill(ctx, manifest, request.replaySeconds ?? REPLAY_SECONDS);
  outer.progress.note(
    `drill ${drillId} of backup ${manifest.id}; neither sink nor live database are touched`,
  );
  const report = await drill.run();
  await writeDrillReport(outer.vault, report);
  return report;
}

/** @throws DrillOvertakenError */
async function requireAlone({ vault }: Pick<DrillContext, 'vault'>): Promise<void> {
  const owner = await currentOwner(vault);
  if (owner === undefined || owner.purpose === 'backup' || owner.purpose === 'prune') return;
  throw new DrillOvertakenError(`another operation is under way: ${describeOwner(owner)}`, {
    hint: 'the drill has made room for it; the next one comes by schedule, or run `msr drill` again',
  });
}

/** One drill, with what it leaves step by step. */
class Drill {
  readonly #ctx: RecoveryContext;
  readonly #manifest: Manifest;
  readonly #replaySeconds: number;
  readonly #steps: DrillReport['steps'] = [];
  readonly #remarks: string[] = [];
  /** The replay has come to where the log ended as it began. */
  #isWhole = false;
  #ledger: Ledger | undefined;
  #validation: ValidationReport | undefined;

  constructor(ctx: RecoveryContext, manifest: Manifest, replaySeconds: number) {
    this.#ctx = ctx;
    this.#manifest = manifest;
    this.#replaySeconds = replaySeconds;
  }

  async run(): Promise<DrillReport> {
    const { recoveryId: drillId, vault } = this.#ctx;
    try {
      await this.#ctx.assertLockHeld();
      await writeJson(vault, VaultPath.drillStarted(drillId), { drillId, backupId: this.#manifest.id });
      await this.#inScratch();
      return this.#report(this.#verdict());
    } catch (error) {
      if (error instanceof DrillOvertakenError) return this.#report('skipped', error);
      if (!(error instanceof Error)) throw error;
      return this.#report('failed', error);
    }
  }

  /** The name is claimed for as long as it lives, so that the next drill lets it be. */
  async #inScratch(): Promise<void> {
    const { settings, recoveryId } = this.#ctx;
    const { recovered } = recoveryNames(settings, recoveryId);
    await withSession(maintenanceUrl(settings), { purpose: 'drill' }, async (admin) => {
      await dropLeftDrills(this.#ctx, admin);
      await claimScratch(admin, recovered);
      try {
        await this.#restoreAndProve(withDatabase(settings.targetDatabaseUrl, recovered));
      } finally {
        await dropScratch(admin, recovered);
      }
    });
  }

  async #restoreAndProve(targetUrl: string): Promise<void> {
    const ctx = this.#ctx;
    const restored = await this.#step('restore', () => restoreDatabase(ctx, this.#manifest));
    this.#remarks.push(...restored.remarks);
    await this.#step('replay', () => this.#replay(targetUrl));
    this.#ledger = await this.#step('prove', () =>
      withSession(targetUrl, { purpose: 'prove drill' }, (session) =>
        prove(session, { hours: 'all', round: 1 }),
      ),
    );
    ctx.progress.note(`ledger: ${balanceText(this.#ledger)}`);
    if (!this.#ledger.balanced) return;
    const rebuilt = await this.#step('rebuild', () => rebuildDerived(ctx, { targetUrl }));
    this.#remarks.push(...rebuilt.remarks);
    this.#validation = await this.#step('validate', () =>
      validateDatabase(targetUrl, { depth: 'structure', expected: { jobsAsleep: true } }),
    );
  }

  /** Up to where the log ends as it begins, or as far as it comes in its time: both are proven alike. */
  async #replay(targetUrl: string): Promise<void> {
    const ctx = this.#ctx;
    const deadline = AbortSignal.timeout(this.#replaySeconds * 1000);
    const bounded = { ...ctx, signal: AbortSignal.any([ctx.signal, deadline]) };
    const input = await readReplayInput(ctx, sinkConnect(ctx), this.#manifest);
    const admin = await openKafkaAdmin(ctx.settings.kafka);
    try {
      const ends = await admin.logEnd(sinkTopics(input.sink, await admin.listTopics()));
      const replayer = await openReplayer(bounded, { targetUrl, ...input });
      try {
        await replayer.replayTo(ends);
        this.#isWhole = true;
      } catch (error) {
        if (ctx.signal.aborted || !deadline.aborted) throw error;
        this.#remarks.push(
          `the replay was ended after ${this.#replaySeconds} s: not all records since were tried`,
        );
      } finally {
        await replayer.close();
      }
    } finally {
      await admin.close();
    }
  }

  async #step<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.#ctx.signal.throwIfAborted();
    await this.#ctx.assertLockHeld();
    const startedAt = new Date().toISOString();
    const started = performance.now();
    const result = await work();
    this.#steps.push({ name, startedAt, seconds: Math.round(performance.now() - started) / 1000 });
    return result;
  }

  /** What was not looked at, or set aside, is not passed. */
  #verdict(): DrillReport['verdict'] {
    const [ledger, validation] = [this.#ledger, this.#validation];
    if (ledger?.balanced !== true || validation?.verdict === 'not recovered') return 'failed';
    const isWhole = this.#isWhole && ledger.totals.quarantined === 0;
    return isWhole && validation?.verdict === 'recovered' ? 'passed' : 'could not verify';
  }

  #report(verdict: DrillReport['verdict'], error?: Error): DrillReport {
    const totals = this.#ledger?.totals;
    const aside = totals?.quarantined ?? 0;
    return {
      ...{ version: 1, drillId: this.#ctx.recoveryId, backupId: this.#manifest.id, verdict },
      ...{ endedAt: new Date().toISOString(), steps: this.#steps },
      ...(totals && { replayed: { records: totals.dataRecords, whole: this.#isWhole } }),
      ...(error === undefined ? {} : { failure: { error: error.name, message: messageOf(error) } }),
      ...{ ledger: this.#ledger, validation: this.#validation },
      remarks: [
        ...this.#remarks,
        ...(aside === 0 ? [] : [`${aside} records could not be replayed and were set aside`]),
      ],
    };
  }
}
