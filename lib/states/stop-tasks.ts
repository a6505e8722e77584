import { Duration, Stack } from 'aws-cdk-lib';
import type { ICluster } from 'aws-cdk-lib/aws-ecs';
import {
  Choice,
  Condition,
  type IChainable,
  type INextable,
  JsonPath,
  Map as MapState,
  Pass,
  type State,
  StateMachineFragment,
  Timeout,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { CallAwsService } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { acknowledge, resourceFinding } from '../nag/acknowledge.ts';

export interface StopTasksProps {
  readonly cluster: ICluster;
  /** JSONPath of what the execution's tasks are marked with: `$.plan.recoveryId`. */
  readonly startedBy: string;
  /** Where to go if ECS cannot be asked: nobody may go on beside a task that perhaps still writes. */
  readonly unstoppable: IChainable;
}

/**
 * Stops every task that this execution started, and ends when none runs any more. `.waitForTaskToken` does
 * not stop a task that timed out, and StopTask only asks: the container may go on for its stop timeout.
 */
export class StopTasks extends StateMachineFragment {
  readonly startState: State;
  readonly endStates: INextable[];

  constructor(scope: Construct, id: string, props: StopTasksProps) {
    super(scope, id);
    const list = this.#call('ListTasks', 'listTasks', {
      comment:
        'Lists the tasks that this execution has started and that may still run; safe to stop the execution.',
      parameters: { Cluster: props.cluster.clusterArn, StartedBy: JsonPath.stringAt(props.startedBy) },
      resultSelector: { 'arns.$': '$.TaskArns' },
      resultPath: '$.tasks',
      // ListTasks knows no resource but the container instance, which Fargate does not have.
      iamResource: '*',
    });
    const each = new MapState(this, 'StopEachTask', {
      stateName: 'StopEachTask',
      comment:
        'Stops each of them, since a task that fell silent may still write; safe to stop the execution.',
      itemsPath: '$.tasks.arns',
      itemSelector: { 'arn.$': '$$.Map.Item.Value' },
      resultPath: JsonPath.DISCARD,
    }).itemProcessor(this.#stopOne(props.cluster));
    list.addCatch(props.unstoppable, { resultPath: '$.stop' });
    each.addCatch(props.unstoppable, { resultPath: '$.stop' });
    list.next(each);
    this.startState = list;
    this.endStates = each.endStates;
  }

  #stopOne({ clusterArn: cluster, clusterName }: ICluster): IChainable {
    const iamResource = Stack.of(this).formatArn({
      service: 'ecs',
      resource: 'task',
      resourceName: `${clusterName}/*`,
    });
    acknowledge(
      this.node.scope ?? this,
      resourceFinding(this, iamResource),
      'stops tasks of this cluster, whose ids nobody knows beforehand',
    );
    const task = { Cluster: cluster, Task: JsonPath.stringAt('$.arn') };
    const stop = this.#call('StopTask', 'stopTask', {
      comment: 'Asks ECS to stop one task, which may take its stop timeout.',
      parameters: { ...task, Reason: 'the step that started it has ended' },
      resultPath: JsonPath.DISCARD,
      iamResource,
    });
    const describe = this.#call('DescribeTask', 'describeTasks', {
      comment: 'Looks whether the task has stopped.',
      parameters: { Cluster: cluster, Tasks: JsonPath.array(JsonPath.stringAt('$.arn')) },
      resultSelector: { 'status.$': '$.Tasks[0].LastStatus' },
      resultPath: '$.task',
      iamResource,
    });
    const pause = new Wait(this, 'WaitForTaskToStop', {
      stateName: 'WaitForTaskToStop',
      comment: 'Waits ten seconds before it looks again.',
      time: WaitTime.duration(Duration.seconds(10)),
    });
    const stopped = new Choice(this, 'IsTaskStopped', {
      stateName: 'IsTaskStopped',
      comment: 'Goes on once ECS says STOPPED; until then nobody may work beside the task.',
    })
      .when(
        Condition.stringEquals('$.task.status', 'STOPPED'),
        new Pass(this, 'TaskStopped', { stateName: 'TaskStopped', comment: 'The task runs no more.' }),
      )
      .otherwise(pause.next(describe));
    return stop.next(describe).next(stopped);
  }

  #call(
    id: string,
    action: 'listTasks' | 'stopTask' | 'describeTasks',
    props: {
      readonly parameters: Record<string, unknown>;
      readonly resultSelector?: Record<string, string>;
      readonly resultPath: string;
      readonly iamResource: string;
      readonly comment: string;
    },
  ): CallAwsService {
    const { iamResource, ...call } = props;
    const step = new CallAwsService(this, id, {
      stateName: id,
      service: 'ecs',
      action,
      ...call,
      taskTimeout: Timeout.duration(Duration.minutes(1)),
      iamResources: [iamResource],
    });
    step.addRetry({ interval: Duration.seconds(2), maxAttempts: 6, backoffRate: 2 });
    return step;
  }
}
