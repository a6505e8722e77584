import { ALERT_TOPIC_VARIABLE, publishAlert } from '../clients/alert-topic.ts';
import { connectClient } from '../clients/connect.ts';
import { ecsTasks } from '../clients/ecs-tasks.ts';
import type { FreezeRecord } from '../freeze/freeze-record.ts';
import { readGuardianSchedule } from '../freeze/guardian-schedule.ts';
import { callJanitorLater } from '../freeze/scheduled-guardian.ts';
import { InstanceVariable } from '../instance-environment.ts';
import { lambdaEdge } from '../lambda-edge.ts';
import { OperatorError } from '../operator-error.ts';
import { logProgress } from '../task/task-progress.ts';
import { cleanUp } from './clean-up.ts';
import { isWorthAPage } from './decisions.ts';
import { incidentEvent, incidentOf } from './incident.ts';
import { composePage } from './page.ts';

/** Until a sink that could not be resumed is tried again. */
const RETRY_MS = 2 * 60_000;

/**
 * Duty: puts in order what an operation left that can no longer do so itself, and tells people.
 * Trigger: EventBridge, for each execution of the backup's and the recovery's state machine that failed, timed out or
 * was aborted; the one-off schedule of a guardian that nobody moved. Repeated, or where everything is in order
 * already, it finds nothing to do and says so.
 */
export const handler = lambdaEdge(incidentEvent, async (event, { settings, vault }) => {
  const incident = incidentOf(event);
  const progress = logProgress((line) => console.log(line));
  const report = await cleanUp(
    {
      settings,
      vault,
      progress,
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
});

async function callAgain(record: FreezeRecord, attempt: number): Promise<Date> {
  const schedule = readGuardianSchedule(process.env);
  if (schedule === undefined) {
    throw new OperatorError('the janitor has no place for a schedule of its own', {
      hint: 'deploy the backup pipeline again: its construct sets the MSR_GUARDIAN_ variables',
    });
  }
  const at = new Date(Date.now() + RETRY_MS);
  await callJanitorLater(schedule, record, { at, attempt });
  return at;
}

function variable(name: string): string {
  const value = process.env[name];
  if (value !== undefined) return value;
  throw new OperatorError(`${name} is not set`, { hint: "the janitor's construct sets it: deploy it again" });
}
