import { z } from 'zod';
import { ID_PATTERN } from '../../ids.ts';

const id = z.string().regex(ID_PATTERN, 'not an id like 20261123T041500Z-9f3a');

/** What a recovery is asked for: the state machine's input. `{}` is enough. */
export const recoveryRequest = z.strictObject({
  /** @default the newest backup that can be used */
  backupId: id.optional(),
  /** Only assess and plan. */
  dryRun: z.boolean().default(false),
  /** Recover although the live database is healthy. */
  force: z.boolean().default(false),
  /** Begin anew although an unfinished recovery could be continued. */
  fresh: z.boolean().default(false),
  /** Go back to the database that this recovery replaced; true: the latest recovery. */
  undo: z.union([z.literal(true), id]).optional(),
  /** Take the undo of this recovery back; true: of the latest one. */
  redo: z.union([z.literal(true), id]).optional(),
  /** A plan with this hash needs no further approval. */
  approvedPlanHash: z.string().optional(),
});
export type RecoveryRequest = z.infer<typeof recoveryRequest>;
export type RecoveryInput = z.input<typeof recoveryRequest>;
