import { Duration } from 'aws-cdk-lib';
import type { ICluster } from 'aws-cdk-lib/aws-ecs';
import { JsonPath, Pass } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { FailurePath } from '../states/failure-path.ts';
import { lambdaStep } from '../states/lambda-step.ts';
import type { BackupFunctions } from './backup-functions.ts';

/**
 * What follows a failed task of a backup, or a failed wait for its volumes. A Lambda decides: on with what
 * was taken (`stored`: the manifest is there, or what it will be), `again`, or the end. Before the latter two
 * it makes the sink run again, and nothing of the backup stays.
 */
export function backupFailurePath(
  scope: Construct,
  functions: BackupFunctions,
  cluster: ICluster,
): FailurePath {
  const decide = lambdaStep(scope, 'Settle', functions.afterFailure, {
    comment:
      'After a failed step: the sink runs again, what was stored halfway is removed or kept, and it is decided what follows. Let it end.',
    payload: { begun: JsonPath.objectAt('$.begun'), failure: JsonPath.objectAt('$.failure') },
    resultPath: '$.begun',
    timeout: Duration.minutes(10),
  });
  return new FailurePath(scope, {
    cluster,
    startedBy: '$.begun.backupId',
    decide,
    choice: {
      name: 'AfterFailure',
      comment: 'Begins again, goes on with what is stored, or gives up, as was decided.',
    },
    decided: '$.begun',
    wordless: unsettled(scope),
    told: '$.begun',
    lock: { function: functions.releaseLock, id: '$.begun.lockId' },
    unstoppable: 'a task failed, and ECS could not be asked to stop it; the janitor tries again',
  });
}

function unsettled(scope: Construct): Pass {
  return new Pass(scope, 'Unsettled', {
    stateName: 'Unsettled',
    comment: 'Stands in for the words of a step that could not say what failed.',
    parameters: {
      lockId: JsonPath.stringAt('$.begun.lockId'),
      error: 'BackupNotSettled',
      cause: 'the backup failed, and what it left could not be put in order; the janitor tries again',
    },
    resultPath: '$.begun',
  });
}
