import { ecsTasks } from '../../src/clients/ecs-tasks.ts';
import { OperatorError } from '../../src/core/operator-error.ts';
import { lambdaEdge } from '../../src/edge/lambda-edge.ts';
import { GuardianVariable } from '../../src/freeze/guardian-schedule.ts';
import { answerIncident } from '../../src/janitor/answer-incident.ts';
import { callAgainBy } from '../../src/janitor/call-again.ts';
import { incidentEvent, incidentOf } from '../../src/janitor/incident.ts';
import { InstanceVariable } from '../../src/settings/instance-environment.ts';
import { sinkConnect } from '../../src/sink/sink-connect.ts';

/**
 * Duty: puts in order what an operation left that can no longer do so itself, and tells people.
 * Trigger: EventBridge, for each execution of the backup's and the recovery's state machine that failed,
 * timed out or was aborted; the one-off schedule of a guardian that nobody moved. Repeated, or where
 * everything is in order already, it finds nothing to do and says so.
 */
export const handler = lambdaEdge(incidentEvent, async (event, { functionArn = '', ...ctx }) => {
  const deps = {
    ...ctx,
    connect: sinkConnect(ctx),
    tasks: ecsTasks(variable(InstanceVariable.cluster)),
    callAgain: callAgainBy(() => ({
      groupName: variable(GuardianVariable.group),
      roleArn: variable(GuardianVariable.role),
      targetArn: functionArn,
    })),
  };
  return await answerIncident(deps, incidentOf(event), {
    topic: process.env[InstanceVariable.alertTopic],
    instance: process.env[InstanceVariable.name],
    runbookUrl: process.env[InstanceVariable.runbookUrl],
  });
});

function variable(name: string): string {
  const value = process.env[name];
  if (value !== undefined) return value;
  throw new OperatorError(`${name} is not set`, { hint: "the janitor's construct sets it: deploy it again" });
}
