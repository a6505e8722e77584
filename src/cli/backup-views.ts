import prettyBytes from 'pretty-bytes';
import { count, duration } from '../core/activity.ts';
import { indexOffsets, partitionKey } from '../core/offsets.ts';
import type { BackupEntry } from '../manifest/catalogue.ts';
import { cutText, type Manifest, type ManifestHead } from '../manifest/manifest.ts';
import { describeRehearsal, type Rehearsal, type ToldRehearsal } from '../manifest/rehearsal.ts';
import type { VerificationReport } from '../manifest/verification.ts';
import { type Volumes, volumesName } from '../manifest/volumes-schema.ts';
import { facts, table } from './tables.ts';

/**
 * One line a backup; what is wrong with one stands in its last column.
 * @param faults what readings and rehearsals found, by the backup's id
 */
export function backupTable(
  entries: readonly BackupEntry[],
  faults: ReadonlyMap<string, string> = new Map(),
): string {
  return table(
    ['BACKUP', 'STATE', 'CUT', 'EVENTS', 'SIZE', 'LATEST EVENT', 'REMARK'],
    entries.map((entry) => backupRow(entry, faults.get(entry.id))),
    ['left', 'left', 'left', 'right', 'right'],
  );
}

function backupRow(entry: BackupEntry, fault: string | undefined): string[] {
  switch (entry.state) {
    case 'incomplete':
      return [
        entry.id,
        entry.state,
        '',
        '',
        prettyBytes(entry.bytes),
        '',
        'no manifest: running, or aborted',
      ];
    case 'unreadable':
      return [entry.id, entry.state, '', '', '', '', entry.reason];
    default:
      return [
        entry.id,
        entry.state,
        entry.manifest.cut.exact ? 'exact' : 'inexact',
        count(entry.manifest.events.count),
        prettyBytes(artifactBytes(entry.manifest)),
        entry.manifest.events.latest ?? 'none',
        entry.state === 'damaged' ? entry.reason : (fault ?? entry.manifest.cut.remarks.join(' ')),
      ];
  }
}

/** What a machine is told of each: the manifest's heads, not its digests and roles. */
export function backupDocument(entry: BackupEntry) {
  if (entry.state === 'incomplete' || entry.state === 'unreadable') return entry;
  const { createdAt, database, strategy, server, cut, events } = entry.manifest;
  const { id, state } = entry;
  const reason = entry.state === 'damaged' ? { reason: entry.reason } : {};
  const bytes = artifactBytes(entry.manifest);
  const { exact, remarks, sinkPauseSeconds } = cut;
  return {
    ...{ id, state, ...reason, createdAt, database, strategy, edition: server.edition, bytes, events },
    cut: { exact, remarks, sinkPauseSeconds },
  };
}

/**
 * The whole of a manifest that helps a person to decide; `--json` has all of it.
 * @param rehearsal the latest, where one was tried
 */
export function describeManifest(manifest: Manifest, rehearsal?: ToldRehearsal): string {
  const { server, cut, events } = manifest;
  const head = facts([
    ['backup', manifest.id],
    [
      'taken',
      `${cut.takenAt}, ${manifest.strategy}, by msr ${manifest.madeBy.msr}${manifest.madeBy.pgDump === null ? '' : ` with pg_dump ${manifest.madeBy.pgDump}`}`,
    ],
    ['database', `${manifest.database}, ${serverText(server)}`],
    ['events', `${count(events.count)}, ${events.earliest ?? 'none'} … ${events.latest ?? 'none'}`],
    ['cut', [cutText(cut), ...cut.remarks].join('; ')],
    [
      'sink',
      `${manifest.sink.connector}, found ${manifest.sink.stateFound}, ${pauseText(cut.sinkPauseSeconds)}`,
    ],
    ...(rehearsal === undefined ? [] : [['rehearsal', describeRehearsal(rehearsal)] as const]),
    ['roles', manifest.roles.map(({ name }) => name).join(', ') || 'none'],
    ['connectors', manifest.connectors.map(({ name }) => name).join(', ') || 'none'],
    [
      'took',
      `dump ${duration(manifest.durations.dumpSeconds * 1000)}, verification ${duration(manifest.durations.verifySeconds * 1000)}`,
    ],
  ]);
  const held = [...artifactTables(manifest), ...volumeTables(manifest)];
  const left = (manifest.leftBehind ?? []).map(({ what, todo }) => [what, todo]);
  const leftBehind = left.length === 0 ? [] : [table(['LEFT BEHIND BY A RECOVERY', 'WHAT TO DO'], left)];
  return [head, offsetTable(manifest), relationTable(manifest), ...held, ...leftBehind].join('\n\n');
}

/** A line an artifact, and how its rehearsal ended; what to do where one is damaged. */
export function describeVerification(
  { backupId, verdict, artifacts }: VerificationReport,
  rehearsal?: Rehearsal,
): string {
  const rows = artifacts.map(({ path, bytes, outcome, fact }) => [outcome, path, prettyBytes(bytes), fact]);
  const found = table(['OUTCOME', 'ARTIFACT', 'SIZE', 'FOUND'], rows, ['left', 'left', 'right']);
  const tried = rehearsal === undefined ? '' : `\n${describeRehearsal(rehearsal)}`;
  return verdict === 'verified'
    ? `${found}\nbackup ${backupId} is ${rehearsal?.outcome === 'failed' ? 'whole, but no recovery could bring it back' : 'verified'}${tried}`
    : `${found}\nbackup ${backupId} is DAMAGED\nHINT: do not restore it; take a new one with \`msr backup\` and look at the vault's disk`;
}

function serverText({ postgresVersion, timescaledbVersion, edition }: Manifest['server']): string {
  return `PostgreSQL ${Math.floor(postgresVersion / 10_000)}.${postgresVersion % 10_000}, TimescaleDB ${timescaledbVersion} (${edition} edition)`;
}

function pauseText(seconds: number): string {
  return seconds === 0 ? 'not paused' : `paused for ${seconds.toFixed(1)} s`;
}

function offsetTable({ cut }: Manifest): string {
  const ends = indexOffsets(cut.overlap?.until ?? []);
  const rows = cut.offsets.map((at) => [
    ...[at.topic, String(at.partition), count(at.offset)],
    ...(cut.overlap === undefined ? [] : [count(ends.get(partitionKey(at)) ?? at.offset)]),
  ]);
  const bounds =
    cut.overlap === undefined ? ['FIRST OFFSET NOT HELD'] : ['ALL HELD BEFORE', 'NONE HELD FROM'];
  return table(['TOPIC', 'PARTITION', ...bounds], rows, ['left', 'right', 'right', 'right']);
}

function relationTable({ relations }: Manifest): string {
  const rows = relations.map(({ name, kind, rows: held }) => [name, kind, count(held)]);
  return table(['RELATION', 'KIND', 'ROWS'], rows, ['left', 'left', 'right']);
}

function artifactTables({ artifacts }: Manifest): string[] {
  const rows = artifacts.map(({ path, bytes, sha256 }) => [path, prettyBytes(bytes), sha256]);
  return rows.length === 0 ? [] : [table(['ARTIFACT', 'SIZE', 'SHA-256'], rows, ['left', 'right'])];
}

function volumeTables({ volumes }: Manifest): string[] {
  const rows = volumes.map((held) => [volumesName(held), volumeFacts(held)]);
  return rows.length === 0 ? [] : [table(['OUTSIDE THE VAULT', 'FACTS'], rows)];
}

function volumeFacts(volumes: Volumes): string {
  switch (volumes.kind) {
    case 'ebs':
      return volumes.snapshots.map(({ snapshotId, device }) => `${snapshotId} (${device})`).join(', ');
    case 'csi':
      return `claim ${volumes.claim}, handle ${volumes.handle}, driver ${volumes.driver}, at least ${volumes.restoreSize}`;
    case 'velero':
      return `claim ${volumes.claimNamespace}/${volumes.claim}, in ${volumes.storageLocation}, until ${volumes.expiresAt ?? 'it is deleted'}`;
    case 'timescale-cloud':
      return `project ${volumes.projectId}, ${volumes.region}, to be forked until ${volumes.forkableUntil}`;
  }
}

function artifactBytes({ artifacts }: ManifestHead): number {
  return artifacts.reduce((sum, { bytes }) => sum + bytes, 0);
}
