import { ALERT_TOPIC_VARIABLE, publishAlert } from '../../src/clients/alert-topic.ts';
import { connectClient } from '../../src/clients/connect.ts';
import { ecsTasks } from '../../src/clients/ecs-tasks.ts';
import { OperatorError } from '../../src/core/operator-error.ts';
import { type LambdaDeps, lambdaEdge } from '../../src/edge/lambda-edge.ts';
import { GuardianVariable } from '../../src/freeze/guardian-schedule.ts';
import { callJanitorLater } from '../../src/freeze/scheduled-guardian.ts';
import { cleanUp, type JanitorDeps } from '../../src/janitor/clean-up.ts';
import { isWorthAPage } from '../../src/janitor/decisions.ts';
import { type Incident, incidentEvent, incidentOf } from '../../src/janitor/incident.ts';
import { composePage, type JanitorReport } from '../../src/janitor/page.ts';
import { InstanceVariable } from '../../src/settings/instance-environment.ts';

/** Until a sink that could not be resumed is tried again. */
const RETRY_MS = 2 * 60_000;

/**
 * Duty: puts in order what an operation left that can no longer do so itself, and tells people.
 * Trigger: EventBridge, for each execution of the backup's and the recovery's state machine that failed, timed out or
 * was aborted; the one-off schedule of a guardian that nobody moved. Repeated, or where everything is in order
 * already, it finds nothing to do and says so.
 */
export async function handler(event: unknown, context: { readonly invokedFunctionArn: string }) {
  const callAgain = callAgainAt(context.invokedFunctionArn);
  return await lambdaEdge(incidentEvent, (parsed, deps) => handle(incidentOf(parsed), deps, callAgain))(
    event,
  );
}

async function handle(
  incident: Incident,
  { settings, vault }: LambdaDeps,
  callAgain: JanitorDeps['callAgain'],
): Promise<JanitorReport> {
  const report = await cleanUp(
    {
      settings,
      vault,
      // The Lambda's own logger makes a JSON line of it.
      progress: { note: (message) => console.log(message), update: () => {} },
      connect: connectClient(settings.connectUrl),
      tasks: ecsTasks(variable(InstanceVariable.cluster)),
      callAgain,
    },
    incident,
  );
  const topic = process.env[ALERT_TOPIC_VARIABLE];
  if (topic !== undefined && isWorthAPage(incident, report)) {
    const instance = process.env[InstanceVariable.name] ?? settings.sinkConnector;
    const runbookUrl = process.env[InstanceVariable.runbookUrl];
    await publishAlert(topic, composePage(incident, report, { instance, runbookUrl, now: new Date() }));
  }
  return report;
}

/** By a schedule as its guardians have. @param ownArn no variable can hold it: the function would depend on itself */
function callAgainAt(ownArn: string): JanitorDeps['callAgain'] {
  return async (record, attempt) => {
    const schedule = {
      groupName: variable(GuardianVariable.group),
      roleArn: variable(GuardianVariable.role),
      targetArn: ownArn,
    };
    const at = new Date(Date.now() + RETRY_MS);
    await callJanitorLater(schedule, record, { at, attempt });
    return at;
  };
}

function variable(name: string): string {
  const value = process.env[name];
  if (value !== undefined) return value;
  throw new OperatorError(`${name} is not set`, { hint: "the janitor's construct sets it: deploy it again" });
}
