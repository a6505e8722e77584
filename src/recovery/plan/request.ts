import { z } from 'zod';
import { ID_PATTERN } from '../../core/ids.ts';
import { BASELINE_KINDS } from '../../manifest/baseline-kind.ts';
import { RecoveryInputError } from '../recovery-errors.ts';
import { PROCEDURES } from './procedures.ts';
import { LEAVE_OUT_KEYS, requireSense, unknownCondition } from './request-leave-out.ts';

const NOT_AN_ID = 'not an id like 20261123T041500Z-9f3a';
const id = z.string().regex(ID_PATTERN, NOT_AN_ID);

const changeTime = z.iso.datetime({ offset: true });

/** What a recovery is asked for: the state machine's input. `{}` is enough. */
export const recoveryRequest = z.strictObject({
  /** @default what mends what is broken, with the least loss, then the least time */
  procedure: z.enum(PROCEDURES).optional(),
  /** @default the newest backup that can be used */
  backupId: id.optional(),
  /** Begin with a dump of this zone's database. */
  zone: z.string().min(1).optional(),
  /** What of the backup to begin with. @default the dump where there is one */
  baseline: z.enum(BASELINE_KINDS).optional(),
  /** Only assess and plan. */
  dryRun: z.boolean().default(false),
  /** Recover although the live database is healthy. */
  force: z.boolean().default(false),
  /** Compare all events of the live database with backup and Kafka before the plan, however long it takes. */
  fullDigest: z.boolean().default(false),
  /** Begin anew although an unfinished recovery could be continued. */
  fresh: z.boolean().default(false),
  /** Go back to the database that this recovery replaced; true: the latest recovery. */
  undo: z.union([z.literal(true), id]).optional(),
  /** Take the undo of this recovery back; true: of the latest one. */
  redo: z.union([z.literal(true), id]).optional(),
  /**
   * When the sink's configuration was changed since the backup: records before it are read as it was then.
   * One time for each change of which nobody has seen when.
   */
  sinkChangedAt: z.union([changeTime.transform((time) => [time]), z.array(changeTime).min(1)]).optional(),
  /** The records of the hole with this hash, as a plan shows it, may be lost. */
  acceptHole: z.string().optional(),
  ...LEAVE_OUT_KEYS,
  /** A plan with this hash needs no further approval. */
  approvedPlanHash: z.string().optional(),
  /** Means nothing: the console of Step Functions proposes an input that has one. */
  Comment: z.string().optional(),
});
export type RecoveryRequest = z.infer<typeof recoveryRequest>;
export type RecoveryInput = z.input<typeof recoveryRequest>;

const KNOWN_KEYS = Object.keys(recoveryRequest.shape).filter((key) => key !== 'Comment');

/**
 * The request that an input makes. A key that is mistyped must not be passed over:
 * `{"dryrun": true}` would recover.
 * @throws RecoveryInputError
 */
export function parseRequest(input: unknown): RecoveryRequest {
  const parsed = recoveryRequest.safeParse(input);
  if (!parsed.success) throw inputError(parsed.error, input);
  refuseFuture(parsed.data.sinkChangedAt);
  requireSense(parsed.data);
  if (parsed.data.undo === undefined || parsed.data.redo === undefined) return parsed.data;
  throw new RecoveryInputError('the input asks for an undo and for a redo', { hint: 'ask for one of them' });
}

function refuseFuture(sinkChangedAt: readonly string[] = []): void {
  const future = sinkChangedAt.find((time) => Date.parse(time) > Date.now());
  if (future === undefined) return;
  throw new RecoveryInputError(`sinkChangedAt of the recovery's input is ${future}, in the future`, {
    hint: 'name the time at which the sink was given its present configuration, with its time zone: 2026-11-23T04:15:00Z',
  });
}

/** Which command shows the ids that a key of the input may hold. */
const LISTS: Readonly<Record<string, string>> = {
  backupId: '`msr backups list` shows the ids of the backups',
  undo: '`msr recoveries list` shows the ids of the recoveries; true means the latest',
  redo: '`msr recoveries list` shows the ids of the recoveries; true means the latest',
};

function inputError(cause: z.ZodError, input: unknown): RecoveryInputError {
  const [issue] = cause.issues;
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    return issue.path[0] === 'skip' ? unknownCondition(key, cause) : unknownKey(key, cause);
  }
  const where = issue?.path.join('.') ?? '';
  const list = LISTS[where];
  if (list !== undefined) {
    const value = JSON.stringify((input as Readonly<Record<string, unknown>>)[where]);
    return new RecoveryInputError(`${where} of the recovery's input is ${value}, ${NOT_AN_ID}`, {
      hint: list,
      cause,
    });
  }
  const subject = where === '' ? "the recovery's input" : `${where} of the recovery's input`;
  const hint = `\`{}\` is enough; it may hold ${KNOWN_KEYS.join(', ')}`;
  return new RecoveryInputError(`${subject} is not valid: ${issue?.message}`, { hint, cause });
}

function unknownKey(key: string, cause: z.ZodError): RecoveryInputError {
  const meant = KNOWN_KEYS.find(
    (known) => plain(known).startsWith(plain(key)) || plain(known) === plain(key),
  );
  const guess = plain(key) !== '' && meant !== undefined ? `did you mean ${meant}? ` : '';
  return new RecoveryInputError(
    `the recovery's input holds ${JSON.stringify(key)}, which no recovery knows`,
    {
      hint: `${guess}the input may hold ${KNOWN_KEYS.join(', ')}; \`{}\` is enough`,
      cause,
    },
  );
}

/** `dry-run`, `dry_run`, `DryRun` and `dryRun` are one word. */
function plain(key: string): string {
  return key.toLowerCase().replace(/[^a-z]/g, '');
}
