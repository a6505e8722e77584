import type { RecoveryContext } from '../context.ts';

export interface CutOverReport {
  /** From STOP until the sink was RUNNING on the new database; undefined where an earlier run had cut over. */
  readonly cutoverPauseSeconds: number | undefined;
  /** How long no client could connect to the live name. */
  readonly renameSeconds: number | undefined;
  /** The name under which the replaced database is kept; undefined where there was none. */
  readonly oldDatabase: string | undefined;
  /** Which tables came from the old database, and which stand as they were at the backup, with the reason. */
  readonly smallTables: readonly {
    readonly table: string;
    readonly from: 'old database' | 'backup';
    readonly why?: string;
  }[];
}

export declare function cutOver(ctx: RecoveryContext): Promise<CutOverReport>;
