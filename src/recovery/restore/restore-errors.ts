import { OperatorError } from '../../core/operator-error.ts';

/** The dump is not the one that the backup made. Nothing was touched. */
export class DamagedBackupError extends OperatorError {
  override readonly name = 'DamagedBackupError';

  constructor(fact: string, cause?: unknown) {
    super(fact, {
      hint: 'nothing was touched; choose another backup: `msr backups list`, then `msr backups verify`',
      cause,
    });
  }
}

/** The server cannot hold this backup. Nothing was touched. */
export class UnfitTargetError extends OperatorError {
  override readonly name = 'UnfitTargetError';
}

/** What was restored is not what the manifest says. The live database is as before. */
export class BaselineMismatchError extends OperatorError {
  override readonly name = 'BaselineMismatchError';

  constructor(database: string, differences: readonly string[]) {
    const shown = differences.slice(0, 5).join('; ');
    const more = differences.length > 5 ? `; and ${differences.length - 5} more` : '';
    super(`the restored database ${database} is not what the manifest says: ${shown}${more}`, {
      hint: `the live database was not touched and ${database} is kept as evidence; recover from another backup`,
    });
  }
}
