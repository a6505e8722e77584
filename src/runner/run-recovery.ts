import { z } from 'zod';
import { causeMessage } from '../clients/task-failure.ts';
import type { Environment } from '../core/environment.ts';
import { describeError } from '../core/operator-error.ts';
import type { Progress } from '../core/progress.ts';
import { type Decision, noteLocalAnswer } from '../recovery/approval/answer-approval.ts';
import { type RecoveryReport, reportSchema } from '../recovery/end/report.ts';
import { type Plan, planSchema } from '../recovery/plan/plan.ts';
import { parseRequest, type RecoveryInput } from '../recovery/plan/request.ts';
import { ApprovalDeniedError, RecoveryCancelledError } from '../recovery/recovery-errors.ts';
import type { Vault } from '../vault/vault.ts';
import { ChildTasks } from './child-tasks.ts';
import { type Distribution, openDistribution } from './distribution.ts';
import type { LocalServices } from './local-services.ts';
import { type ExecutionEnd, runDefinition } from './run-definition.ts';
import { StateTeller } from './state-notes.ts';

export interface RecoveryRun {
  readonly input: RecoveryInput;
  /** The settings as variables, flags written over them: Lambdas and tasks read them as they do in AWS. */
  readonly env: Environment;
  readonly vault: Vault;
  readonly progress: Progress;
  /** Aborted: the running step fails and the failure path is taken; after the commit point it goes on. */
  readonly signal: AbortSignal;
  /** Whether to carry the plan out. Not asked where the input approves the plan's hash. */
  readonly approve: (plan: Plan) => Promise<boolean>;
  /** @default what `npm run build` left beside this bundle */
  readonly distribution?: Distribution;
}

export type RecoveryOutcome =
  | { readonly kind: 'recovered'; readonly report: RecoveryReport }
  /** A dry run. Nothing was changed. */
  | { readonly kind: 'planned'; readonly plan: Plan }
  /** No procedure is possible; `plan.refusal` says why. Nothing was changed. */
  | { readonly kind: 'refused'; readonly plan: Plan }
  | {
      readonly kind: 'failed';
      /** The name of the error that ended it, as the steps throw it or the state machine says it. */
      readonly error: string;
      /** The message for people, with its HINT where it has one. */
      readonly message: string;
      /** Absent where it failed before anything was changed. */
      readonly report?: RecoveryReport;
    };

/**
 * Runs the recovery's synthesized state machine on this machine: its Lambdas in this process, its tasks as
 * children, with the bundles that are deployed.
 * @throws OperatorError where the input is not one, or nothing has been built
 */
export async function runRecovery(run: RecoveryRun): Promise<RecoveryOutcome> {
  const input = parseRequest(run.input);
  const distribution = run.distribution ?? (await openDistribution());
  giveToLambdas(run.env);
  const { entryPoint } = distribution;
  const tasks = new ChildTasks({ entryPoint, env: run.env, progress: run.progress, signal: run.signal });
  const paths: Paths = {};
  const teller = new StateTeller(run.progress);
  try {
    const end = await runDefinition(distribution.definition, input, {
      services: localServices(run, distribution, tasks, paths),
      onState: (name) => teller.entered(name),
      onFailure: (name, error, cause) => teller.failed(name, error, cause),
    });
    teller.ended(end);
    return await outcomeOf(run.vault, end, paths);
  } finally {
    await tasks.stopAll();
  }
}

/** They run in this process, and their bundles read its environment as they read their own in AWS. */
function giveToLambdas(env: Environment): void {
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined) process.env[name] = value;
  }
}

/** Where the vault holds plan and report; the Lambdas' answers tell it on the way. */
interface Paths {
  planPath?: string | undefined;
  reportPath?: string | undefined;
}

const answerPaths = z.object({ planPath: z.string().optional(), reportPath: z.string().optional() });

function localServices(
  run: RecoveryRun,
  distribution: Distribution,
  tasks: ChildTasks,
  paths: Paths,
): LocalServices {
  return {
    handler: async (logicalId) => {
      const handler = await distribution.handler(logicalId);
      return async (event) => {
        const answer = await handler(event);
        Object.assign(paths, answerPaths.safeParse(answer).data);
        return answer;
      };
    },
    tasks,
    answerToken: () => askForApproval(run, paths),
  };
}

/** @throws ApprovalDeniedError, RecoveryCancelledError, and what `approve` throws */
async function askForApproval(run: RecoveryRun, { planPath }: Paths): Promise<unknown> {
  const plan = await readDocument(run.vault, planPath, planSchema);
  if (plan === undefined) throw new Error(`the plan ${planPath} is not in the vault`);
  const note = (decision: Decision) => noteLocalAnswer(run.vault, plan.recoveryId, decision);
  try {
    if (!run.signal.aborted && (await run.approve(plan))) {
      await note({ decision: 'approved', planHash: plan.hash });
      return { approvedPlanHash: plan.hash };
    }
  } catch (error) {
    // A question that was broken off is no answer.
    if (!run.signal.aborted) {
      await note({ decision: 'rejected', reason: describeError(error) });
      throw error;
    }
  }
  await note({ decision: 'rejected' });
  throw run.signal.aborted ? new RecoveryCancelledError() : new ApprovalDeniedError();
}

async function outcomeOf(vault: Vault, end: ExecutionEnd, paths: Paths): Promise<RecoveryOutcome> {
  const report = await readDocument(vault, paths.reportPath, reportSchema);
  if (end.kind === 'succeeded' && report !== undefined) return { kind: 'recovered', report };
  const plan = await readDocument(vault, paths.planPath, planSchema);
  if (end.kind === 'succeeded' && plan !== undefined) return { kind: 'planned', plan };
  if (end.kind === 'succeeded') throw new Error('the execution succeeded without a plan');
  if (end.error === 'RecoveryRefused' && plan !== undefined) return { kind: 'refused', plan };
  const failed = { kind: 'failed', error: end.error, message: causeMessage(end.cause) } as const;
  return report === undefined ? failed : { ...failed, report };
}

async function readDocument<T extends z.ZodType>(
  vault: Vault,
  path: string | undefined,
  schema: T,
): Promise<z.infer<T> | undefined> {
  const document = path === undefined ? undefined : await vault.readDocument(path);
  return document === undefined ? undefined : schema.parse(JSON.parse(document.content));
}
