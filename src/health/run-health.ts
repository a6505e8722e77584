import type { Environment } from '../core/environment.ts';
import { OperatorError } from '../core/operator-error.ts';
import { look } from '../doctor/look.ts';
import { keepSighting } from '../sink/sink-history.ts';
import type { Vault } from '../vault/vault.ts';
import { ALL_CHECKS } from './all-checks.ts';
import { CHECK_NAMES, CHECKS, type CheckName } from './checks.ts';
import { composeRecord, type Observation, observe } from './compose-record.ts';
import { type HealthContext, openHealthContext } from './health-context.ts';
import { comparable } from './health-record.ts';
import { type HealthReport, healthVerdict } from './health-report.ts';
import { type Judgement, unknown } from './judgement.ts';
import { readQuiet } from './read-quiet.ts';
import { readLatest, record } from './recording.ts';
import { type Judgements, settle } from './settle.ts';
import { composeStatus } from './status/status-document.ts';
import { writeStatus } from './status/write-status.ts';
import { TimeLimitError, withinLimit } from './within-limit.ts';

export interface HealthDeps {
  readonly env: Environment;
  readonly vault: Vault;
  readonly now: Date;
  readonly signal: AbortSignal;
  /** As the metrics name it; null on one machine. */
  readonly instance: string | null;
  /** Whether backups and recoveries run on this machine. */
  readonly runsHere: boolean;
  /** @default every check */
  readonly only?: readonly CheckName[];
}

/**
 * Looks at everything that on-call must hear of, side by side, each check within its own time; whatever goes
 * wrong is told in the report. What it decides depends on what the run before has recorded, and it records
 * itself, so that it is the same whoever starts it: a schedule, cron, or somebody by hand.
 * @throws what keeps the record from being read or written (the vault's errors)
 */
export async function runHealth(deps: HealthDeps): Promise<HealthReport> {
  const started = performance.now();
  const latest = await readLatest(deps.vault);
  const done = new AbortController();
  const signal = AbortSignal.any([deps.signal, done.signal]);
  const ctx = await openHealthContext({ ...deps, signal, latest, previous: comparable(latest, deps.now) });
  try {
    const [judgements, seen, quiet] = await Promise.all([
      judgeAll(ctx, deps),
      observeWithin(ctx, deps),
      look(() => readQuiet(deps.vault, deps.now)),
    ]);
    // Whoever cannot tell keeps nothing back.
    const found = { results: settle(judgements, ctx), quiet: 'seen' in quiet ? quiet.seen : null };
    const report = reportOf(deps, judgements, found, performance.now() - started);
    const run = composeRecord(report, { ...seen, keep: keptBy(judgements) }, latest);
    await record(deps.vault, run);
    await keepSink(deps.vault, seen.sighting);
    await writeStatus(deps.vault, await composeStatus(ctx, run, signal));
    return report;
  } finally {
    done.abort();
  }
}

/** A history that cannot be added to is told by the plan that wants to read it, and ends no run. */
async function keepSink(vault: Vault, seen: Observation['sighting']): Promise<void> {
  if (seen !== undefined) await look(() => keepSighting(vault, seen));
}

function keptBy(judgements: Judgements): Observation['keep'] {
  return Object.assign({}, ...[...judgements.values()].map(({ keep }) => keep ?? {}));
}

async function judgeAll(
  ctx: HealthContext,
  { signal, only = CHECK_NAMES }: Pick<HealthDeps, 'signal' | 'only'>,
): Promise<Judgements> {
  const asked = CHECK_NAMES.filter((name) => only.includes(name));
  const judged = await Promise.all(
    asked.map(async (name) => [name, await judge(name, ctx, signal)] as const),
  );
  return new Map(judged);
}

async function judge(name: CheckName, ctx: HealthContext, signal: AbortSignal): Promise<Judgement> {
  const limit = CHECKS[name].timeLimitMs;
  const answer = await look(() => withinLimit(limit, signal, (within) => ALL_CHECKS[name](ctx, within)));
  return 'seen' in answer ? answer.seen : unknownOf(answer.error);
}

/** What a check could not look at; it says so, and never that all is well. */
function unknownOf(error: unknown): Judgement {
  if (error instanceof TimeLimitError) {
    const hint = 'something that it asks hangs: see which of the other checks are unknown, too';
    return unknown(error.message, hint);
  }
  if (error instanceof OperatorError) return unknown(error.message, error.hint);
  return unknown(error instanceof Error ? error.message : String(error));
}

const OBSERVED_MS = 25_000;
const NOTHING: Omit<Observation, 'keep'> = {
  log: undefined,
  starts: undefined,
  sink: undefined,
  lock: undefined,
  logEnd: null,
  sighting: undefined,
};

/** What hangs leaves the record as it was. */
async function observeWithin(
  ctx: HealthContext,
  { signal }: Pick<HealthDeps, 'signal'>,
): Promise<Omit<Observation, 'keep'>> {
  const seen = await look(() => withinLimit(OBSERVED_MS, signal, () => observe(ctx)));
  return 'seen' in seen ? seen.seen : NOTHING;
}

function reportOf(
  { now, instance }: Pick<HealthDeps, 'now' | 'instance'>,
  judgements: Judgements,
  { results, quiet }: Pick<HealthReport, 'results' | 'quiet'>,
  elapsedMs: number,
): HealthReport {
  return {
    version: 1,
    at: now.toISOString(),
    instance,
    seconds: Math.round(elapsedMs) / 1000,
    verdict: healthVerdict(results),
    results,
    quiet,
    values: Object.assign({}, ...[...judgements.values()].map(({ values }) => values ?? {})),
    done: [...judgements.values()].flatMap(({ done = [] }) => done),
  };
}
