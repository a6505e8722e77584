import {
  Alarm,
  type ComparisonOperator,
  type IMetric,
  type TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { runbookReference } from '../../src/core/runbook.ts';

/** `page` wakes somebody; `ticket` waits for the morning. */
export type Severity = 'page' | 'ticket';

/** Where an alarm of each severity is told. */
export type AlarmTargets = Readonly<Record<Severity, ITopic>>;

export interface AlarmRegistration {
  /** A heading of docs/runbook.md, in kebab-case: `backup-failed`. A test says so. */
  readonly runbook: string;
  /** The MSR instance that it is about; undefined: the whole stage. */
  readonly instance?: string;
  readonly severity: Severity;
  readonly metric: IMetric;
  readonly threshold: number;
  readonly comparison: ComparisonOperator;
  readonly missingData: TreatMissingData;
  /** What it means when it rings, in one sentence. */
  readonly description: string;
  /** @default 1 */
  readonly evaluationPeriods?: number;
}

export interface AlarmRegistrarProps {
  readonly stage: string;
  readonly targets: AlarmTargets;
  /** Where docs/runbook.md can be read; undefined: alarms name its heading alone. */
  readonly runbookUrl: string | undefined;
}

/** Makes every alarm of a stage: explicit name, severity, runbook link; nobody else constructs one. */
export class AlarmRegistrar extends Construct {
  readonly #props: AlarmRegistrarProps;

  constructor(scope: Construct, id: string, props: AlarmRegistrarProps) {
    super(scope, id);
    this.#props = props;
  }

  /** @returns the alarm, named `msr-<stage>[-<instance>]-<runbook>` */
  register(registration: AlarmRegistration): Alarm {
    const { runbook, instance, severity, metric, threshold, comparison, missingData } = registration;
    const { stage, targets, runbookUrl } = this.#props;
    const name = ['msr', stage, ...(instance === undefined ? [] : [instance]), runbook].join('-');
    const alarm = new Alarm(this, name, {
      alarmName: name,
      alarmDescription: `[${severity}] ${registration.description} ${runbookReference(runbookUrl, runbook)}`,
      metric,
      threshold,
      comparisonOperator: comparison,
      treatMissingData: missingData,
      evaluationPeriods: registration.evaluationPeriods ?? 1,
    });
    alarm.addAlarmAction(new SnsAction(targets[severity]));
    alarm.addOkAction(new SnsAction(targets[severity]));
    return alarm;
  }
}
