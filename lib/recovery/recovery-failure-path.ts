import { Duration } from 'aws-cdk-lib';
import type { ICluster } from 'aws-cdk-lib/aws-ecs';
import { JsonPath, Pass, Result } from 'aws-cdk-lib/aws-stepfunctions';
import type { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { FailurePath } from '../states/failure-path.ts';
import { lambdaStep } from '../states/lambda-step.ts';
import type { RecoveryFunctions } from './recovery-functions.ts';

/**
 * What follows a failed task of a recovery. The roll-back Lambda decides by the error's name, the attempts so
 * far, and the commit point: before it everything can be undone and the procedure is run `again`, after it
 * only `forward` leads out.
 */
export function recoveryFailurePath(
  scope: Construct,
  functions: RecoveryFunctions,
  cluster: ICluster,
): FailurePath {
  const rollBack = lambdaStep(scope, 'RollBack', functions.rollBack, {
    comment:
      'After a failed step: the sink runs again where it belongs, and it is decided what follows. Let it end.',
    payload: {
      recoveryId: JsonPath.stringAt('$.plan.recoveryId'),
      procedure: JsonPath.stringAt('$.plan.procedure'),
      execution: JsonPath.stringAt('$$.Execution.Id'),
      lockId: JsonPath.stringAt('$.lock.id'),
      failure: JsonPath.objectAt('$.failure'),
    },
    resultPath: '$.rollBack',
    timeout: Duration.minutes(10),
  });
  return new FailurePath(scope, {
    cluster,
    startedBy: '$.plan.recoveryId',
    decide: rollBack,
    choice: {
      name: 'AfterRollBack',
      comment: 'Begins again, finishes the cutover, or gives up, as was decided.',
    },
    decided: '$.rollBack',
    report: report(scope, functions),
    wordless: unreported(scope),
    told: '$.report',
    lock: { function: functions.lock, id: '$.lock.id' },
    unstoppable:
      'a task failed, and ECS could not be asked to stop it; the lock is kept until its lease ends',
  });
}

function report(scope: Construct, functions: RecoveryFunctions): LambdaInvoke {
  return lambdaStep(scope, 'ReportFailure', functions.report, {
    comment: 'Writes the report of what failed, what was put in order, and whether it can be continued.',
    payload: {
      recoveryId: JsonPath.stringAt('$.plan.recoveryId'),
      procedure: JsonPath.stringAt('$.plan.procedure'),
      outcome: 'not recovered',
      failure: JsonPath.objectAt('$.failure'),
      rollBack: JsonPath.objectAt('$.rollBack'),
    },
    resultPath: '$.report',
    timeout: Duration.minutes(2),
  });
}

function unreported(scope: Construct): Pass {
  return new Pass(scope, 'Unreported', {
    stateName: 'Unreported',
    comment: 'Stands in for the report that could not be written.',
    result: Result.fromObject({
      error: 'RecoveryNotReported',
      cause: 'a step failed, and so did the report; what failed stands in failures.json of the recovery',
    }),
    resultPath: '$.report',
  });
}
