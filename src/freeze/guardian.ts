import type { FreezeRecord } from './freeze-record.ts';

/** Who resumes the sink, by the rule of resume.ts, when the process that stopped it cannot any more. */
export interface Guardian {
  /**
   * Returns when the guardian watches.
   * @throws OperatorError where it cannot be had: then nothing is stopped
   */
  arm(record: FreezeRecord): Promise<void>;
  /** Call it after the sink runs and the record is deleted. */
  disarm(): Promise<void>;
}
