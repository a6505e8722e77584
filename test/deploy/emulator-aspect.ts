import { type CfnCondition, CfnResource, type IAspect, Stack } from 'aws-cdk-lib';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { IConstruct } from 'constructs';
import { plainTarget } from './universal-target.ts';

/** What ministack's CloudFormation refuses, or hangs on (custom resources with code that it cannot run). */
const LACKING: ReadonlySet<string> = new Set([
  'AWS::Budgets::Budget',
  'AWS::CloudTrail::Trail',
  'AWS::CloudWatch::AnomalyDetector',
  'AWS::CloudWatch::CompositeAlarm',
  'AWS::EC2::FlowLog',
  'AWS::EC2::Instance',
  'AWS::EC2::SecurityGroupEgress',
  'AWS::EC2::SecurityGroupIngress',
  'AWS::EC2::Volume',
  'AWS::ECS::ClusterCapacityProviderAssociations',
  'AWS::Events::Archive',
  'AWS::Logs::QueryDefinition',
  'AWS::Rbin::Rule',
  'Custom::S3AutoDeleteObjects',
  'Custom::VpcRestrictDefaultSG',
]);

/** A resource that the emulator was not given. */
export interface LeftOut {
  readonly type: string;
  readonly path: string;
}

/**
 * Emulator-only. What it lacks goes out by a condition that never holds, so that the template keeps the
 * resource and every reference. A Lambda's managed runtime becomes a runtime of its own: the emulator's
 * Node.js loses the names of errors, by which Retry and Catch match.
 */
export class EmulatorAspect implements IAspect {
  readonly leftOut: LeftOut[] = [];
  readonly changed = new Set<string>();
  readonly #never: (resource: CfnResource) => CfnCondition;

  constructor(never: (resource: CfnResource) => CfnCondition) {
    this.#never = never;
  }

  visit(node: IConstruct): void {
    if (!(node instanceof CfnResource)) return;
    if (node instanceof CfnFunction && node.runtime?.startsWith('nodejs') === true) {
      this.changed.add(`Lambdas: ${node.runtime} became provided.al2023 with test/deploy/bootstrap`);
      node.runtime = 'provided.al2023';
    }
    if (node instanceof CfnSchedule) this.#fireSoon(node);
    const isMetricMath = node instanceof CfnAlarm && node.metrics !== undefined;
    if (!LACKING.has(node.cfnResourceType) && !isMetricMath) return;
    node.cfnOptions.condition = this.#never(node);
    const type = isMetricMath ? `${node.cfnResourceType} (metric math)` : node.cfnResourceType;
    this.leftOut.push({ type, path: node.node.path });
  }

  /** The expressions of production are asserted on the template; the emulator knows no time zone. */
  #fireSoon(schedule: CfnSchedule): void {
    const plain = plainTarget(Stack.of(schedule).resolve(schedule.target));
    // Retention's and the doctor's would meet the backup under way.
    if (plain === undefined) return;
    this.changed.add(`schedule ${schedule.name}: ${schedule.scheduleExpression} became ${EVERY_MINUTE}`);
    schedule.scheduleExpression = EVERY_MINUTE;
    this.changed.add(
      `schedule ${schedule.name}: its universal target became the state machine itself, without a name`,
    );
    schedule.target = plain as unknown as CfnSchedule.TargetProperty;
  }
}

const EVERY_MINUTE = 'rate(1 minute)';
