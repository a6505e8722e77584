import type { Assessment, BackupOutlook } from '../assessment.ts';
import { configurationObstacle } from '../compare-configuration.ts';

/** What stands between this world and a recovered database that takes the live one's place. */
export function targetObstacles({ database, target }: Pick<Assessment, 'database' | 'target'>): string[] {
  return [
    ...(database.obstacle === null ? [] : [database.obstacle]),
    ...[configurationObstacle(database.configuration)].filter((why) => why !== undefined),
    ...(target.fit ? [] : target.facts),
  ];
}

/** What keeps records from being replayed as the sink would have written them. */
export function readingObstacles({ sink, reading }: Pick<Assessment, 'sink' | 'reading'>): string[] {
  return [
    ...(sink.state === 'unreachable' || !sink.understood ? sink.facts : []),
    ...(reading?.faults ?? []),
  ];
}

/** A replay leads to a sink that goes on behind it. */
export function sinkObstacles({ sink }: Pick<Assessment, 'sink'>): string[] {
  return sink.state === 'absent' ? [...sink.facts, 'cold creates it again'] : [];
}

/** What keeps the backup that was chosen from being a baseline. */
export function backupObstacles({ backup }: Pick<Assessment, 'backup'>): string[] {
  return [
    ...(backup.obstacle === null ? [] : [`the backup ${backup.id} cannot be restored: ${backup.obstacle}`]),
    ...(backup.exact || backup.byContent
      ? []
      : ['the backup is inexact: it was not taken around a cleanly stopped sink, and tells no overlap']),
  ];
}

/** What only an exact cut can be asked for: by its offsets alone it is known what the baseline holds. */
export function byContentObstacles({ byContent }: Pick<BackupOutlook, 'byContent'>): string[] {
  return byContent ? ['its cut is inexact: only standard drops the overlap by content'] : [];
}

/** Something is missing or wrong in the live database, or it is not there. */
export function isDatabaseHurt({ database }: Pick<Assessment, 'database'>): boolean {
  return database.state !== 'healthy' && database.state !== 'unproven';
}
