import { indexOffsets, type Offsets, partitionKey } from '../../core/offsets.ts';
import { OperatorError } from '../../core/operator-error.ts';

/**
 * Refuses a replay that cannot be whole: every partition's position must still be in its log.
 * @param logStart first offsets that the log holds · @param logEnd high watermarks
 * @throws OperatorError naming the hole, the topic that was created anew, or the one that is gone
 */
export function checkStart(positions: Offsets, logStart: Offsets, logEnd: Offsets): void {
  const starts = indexOffsets(logStart);
  const ends = indexOffsets(logEnd);
  for (const position of positions) {
    const key = partitionKey(position);
    const start = starts.get(key);
    const end = ends.get(key);
    if (start === undefined || end === undefined) throw missing(key);
    if (position.offset < start) throw hole(key, position.offset, start);
    if (position.offset > end) throw beyondEnd(key, position.offset, end);
  }
}

function hole(key: string, wanted: number, start: number): OperatorError {
  return new OperatorError(
    `${key}: the replay must begin at offset ${wanted}, but the log begins at ${start}: ${start - wanted} offsets are lost for ever`,
    {
      hint: "recover from a younger backup if there is one (`msr backups list`); without one only the backup's dump itself can be restored, by pg_restore. Then raise the topic's retention above the time between backups",
    },
  );
}

function beyondEnd(key: string, wanted: number, end: number): OperatorError {
  return new OperatorError(
    `${key}: the replay must begin at offset ${wanted}, but the log ends at ${end}: the topic was created anew or truncated`,
    {
      hint: "the backup's offsets mean nothing in this log: recover from a backup that was taken since, or restore this one's dump by pg_restore",
    },
  );
}

function missing(key: string): OperatorError {
  return new OperatorError(`${key} is in the backup's cut, but not in Kafka`, {
    hint: "the topic was deleted, and what it held since the cut is lost: recover from a backup that was taken since, or restore this one's dump by pg_restore",
  });
}
