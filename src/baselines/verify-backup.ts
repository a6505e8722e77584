import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { DumpFaultError } from '../clients/dump-fault.ts';
import { ExitCode, messageOf, OperatorError } from '../core/operator-error.ts';
import type { Progress } from '../core/progress.ts';
import { showBackup } from '../manifest/catalogue.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { VerificationReport } from '../manifest/verification.ts';
import { type Volumes, volumesName } from '../manifest/volumes-schema.ts';
import { VaultObjectMissingError } from '../vault/errors.ts';
import type { Vault } from '../vault/vault.ts';
import { AS_FOR_THE_BACKUP } from './find-handler.ts';
import type { VolumeFinding } from './volumes-handler.ts';

type Artifact = Manifest['artifacts'][number];

/** What reading all of an artifact found. */
export interface ArtifactReading {
  readonly path: string;
  /** undefined: it is not in the vault. */
  readonly found: { readonly bytes: number; readonly sha256: string } | undefined;
  /** For the database dump: what pg_restore said of it. */
  readonly restore?: RestoreReading;
}

/** fault: its complaint, or null where it read all of it · broken: it could not do its work, and why. */
type RestoreReading = { readonly fault: string | null } | { readonly broken: unknown };

export interface VerifyOptions {
  /**
   * Reads a custom-format dump to its end as a restore would; the list of its entries alone is
   * content with half a dump.
   * @throws DumpFaultError with pg_restore's complaint; anything else means that it could not be tried
   */
  readonly readDump: (content: Readable) => Promise<void>;
  /**
   * Looks after what lies outside the vault. Absent, or throwing: a backup that has
   * such a part stays unverified.
   */
  readonly examineVolumes?: (volumes: Volumes) => Promise<VolumeFinding>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** What is verified: a manifest, or the artifacts of one that is not written yet. */
export type Verifiable = Pick<Manifest, 'id' | 'artifacts' | 'volumes'>;

/**
 * Verifies a backup of the vault.
 * @throws BackupNotFoundError, and OperatorError where the manifest is not one
 * @throws BackupUnverifiedError where something else than the backup is at fault
 */
export async function verifyBackup(
  vault: Vault,
  backupId: string,
  options: VerifyOptions,
): Promise<VerificationReport> {
  return await verifyArtifacts(vault, await showBackup(vault, backupId), options);
}

/**
 * Reads ALL of every artifact once, against its size and SHA-256, and the dump through pg_restore on the way.
 * @throws BackupUnverifiedError where something else than the backup is at fault
 */
export async function verifyArtifacts(
  vault: Vault,
  backup: Verifiable,
  options: VerifyOptions,
): Promise<VerificationReport> {
  try {
    const readings: ArtifactReading[] = [];
    for (const artifact of backup.artifacts) readings.push(await readArtifact(vault, artifact, options));
    const findings: Finding[] = [];
    for (const volumes of backup.volumes) findings.push(await examine(backup, volumes, options));
    const report = judge(backup, readings, findings);
    // What is damaged by its bytes alone needs no pg_restore.
    if (report.verdict === 'verified') throwIfBroken(readings);
    return report;
  } catch (error) {
    options.signal.throwIfAborted();
    throw new BackupUnverifiedError(backup.id, error);
  }
}

function throwIfBroken(readings: readonly ArtifactReading[]): void {
  for (const { restore } of readings) {
    if (restore !== undefined && 'broken' in restore) throw restore.broken;
  }
}

/** The backup may be good or bad: reading it was not possible. */
class BackupUnverifiedError extends OperatorError {
  override readonly name = 'BackupUnverifiedError';

  constructor(backupId: string, cause: unknown) {
    super(`the backup ${backupId} could not be verified: ${messageOf(cause)}`, {
      hint: cause instanceof OperatorError ? cause.hint : 'mend what it says and verify again',
      cause,
      exitCode: ExitCode.couldNotVerify,
    });
  }
}

/** The report from what was found. */
export function judge(
  backup: Verifiable,
  readings: readonly ArtifactReading[],
  findings: readonly Finding[] = [],
): VerificationReport {
  const artifacts = backup.artifacts.map((artifact) => {
    const reading = readings.find(({ path }) => path === artifact.path);
    const fault = faultOf(artifact, reading);
    return {
      path: artifact.path,
      bytes: artifact.bytes,
      outcome: fault === undefined ? ('intact' as const) : ('damaged' as const),
      fact: fault ?? `size and SHA-256 are those of the manifest${restorableText(reading?.restore)}`,
    };
  });
  const all = [...artifacts, ...volumeRows(backup, findings)];
  const verified = all.length > 0 && all.every(({ outcome }) => outcome !== 'damaged');
  return { backupId: backup.id, verdict: verified ? 'verified' : 'damaged', artifacts: all };
}

type Finding = Omit<VolumeFinding, 'outcome'> & { readonly outcome: VolumeFinding['outcome'] | 'unseen' };

/** Beside a dump of the same cut, volumes may expire, as those of a service do after some days. */
function volumeRows(
  backup: Verifiable,
  findings: readonly Finding[],
): Array<VerificationReport['artifacts'][number]> {
  return backup.volumes.map((volumes, index) => {
    const { outcome, fact } = findings[index] ?? { outcome: 'damaged', fact: 'it was not looked at' };
    const beside = backup.artifacts.length > 0 ? 'intact' : 'damaged';
    return {
      path: volumesName(volumes),
      bytes: 0,
      outcome: outcome === 'expired' ? beside : outcome,
      fact,
    };
  });
}

/** A dump alone brings the cut back, whoever cannot be asked; without one nothing is known of the backup. */
async function examine(
  backup: Verifiable,
  volumes: Volumes,
  { examineVolumes, signal }: VerifyOptions,
): Promise<Finding> {
  try {
    if (examineVolumes !== undefined) return await examineVolumes(volumes);
    throw new OperatorError(`${volumesName(volumes)} lies outside the vault, and nobody looked there`, {
      hint: `${AS_FOR_THE_BACKUP}, and verify again`,
    });
  } catch (error) {
    signal.throwIfAborted();
    if (backup.artifacts.length === 0) throw error;
    const reason = messageOf(error);
    return { outcome: 'unseen', fact: `${reason}; the dump holds the cut all the same` };
  }
}

function faultOf(artifact: Artifact, reading: ArtifactReading | undefined): string | undefined {
  const found = reading?.found;
  if (found === undefined) return 'it is missing';
  if (found.bytes !== artifact.bytes)
    return `it has ${found.bytes} bytes; the manifest says ${artifact.bytes}`;
  if (found.sha256 !== artifact.sha256) {
    return `its SHA-256 is ${found.sha256}; the manifest says ${artifact.sha256}`;
  }
  const { restore } = reading ?? {};
  return restore !== undefined && 'fault' in restore ? (restore.fault ?? undefined) : undefined;
}

function restorableText(restore: RestoreReading | undefined): string {
  if (restore === undefined) return '';
  return 'broken' in restore ? ', and pg_restore could not be asked' : ', pg_restore reads all of it';
}

async function readArtifact(
  vault: Vault,
  artifact: Artifact,
  options: VerifyOptions,
): Promise<ArtifactReading> {
  const { path } = artifact;
  const content = await openArtifact(vault, path);
  if (content === undefined) return { path, found: undefined };
  const report = (done: number) =>
    options.progress.update({ activity: `verify ${path}`, done, total: artifact.bytes, unit: 'bytes' });
  const { signal } = options;
  if (!path.endsWith('.dump')) return { path, found: await digest(content, { report, signal }) };
  const toRestore = new PassThrough();
  const restoring = startReading(toRestore, options.readDump);
  try {
    const found = await digest(content, { to: toRestore, report, signal });
    toRestore.end();
    return { path, found, restore: await restoring };
  } finally {
    // Otherwise pg_restore would wait for more.
    toRestore.destroy();
  }
}

async function openArtifact(vault: Vault, path: string): Promise<Readable | undefined> {
  try {
    return await vault.readArtifact(path);
  } catch (error) {
    if (error instanceof VaultObjectMissingError) return undefined;
    throw error;
  }
}

/** Never fails. Where pg_restore stops reading the digest goes on without it. */
async function startReading(
  content: PassThrough,
  readDump: VerifyOptions['readDump'],
): Promise<RestoreReading> {
  try {
    await readDump(content);
    return { fault: null };
  } catch (error) {
    return error instanceof DumpFaultError ? { fault: error.message } : { broken: error };
  } finally {
    content.destroy();
  }
}

async function digest(
  content: Readable,
  {
    to,
    report,
    signal,
  }: {
    readonly to?: PassThrough;
    readonly report: (bytes: number) => void;
    readonly signal: AbortSignal;
  },
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    signal.throwIfAborted();
    hash.update(chunk);
    bytes += chunk.length;
    if (to !== undefined && !to.destroyed && !to.write(chunk)) await drained(to);
    report(bytes);
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Waits until more may be written, or nobody reads any more. */
async function drained(stream: PassThrough): Promise<void> {
  const done = new AbortController();
  try {
    await Promise.race([
      once(stream, 'drain', { signal: done.signal }),
      once(stream, 'close', { signal: done.signal }),
    ]);
  } finally {
    done.abort();
  }
}
