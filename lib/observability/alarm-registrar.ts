import type { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  AlarmRule,
  type ComparisonOperator,
  CompositeAlarm,
  type IAlarm,
  type IAlarmRule,
  type IMetric,
  type TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { alarmDescription, type PagingSeverity } from '../../src/paging/alarm-text.ts';

/** Where an alarm of each severity is told. */
export type AlarmTargets = Readonly<Record<PagingSeverity, ITopic>>;

/** What every alarm says, by itself or as the cause of others. */
export interface AlarmWords {
  /** A heading of docs/runbook.md, in kebab-case: `backup-failed`. A test says so. */
  readonly runbook: string;
  /** Added to the name, where one heading has more than one alarm. @default none */
  readonly part?: 'leaf' | 'ticket';
  /** The MSR instance that it is about; undefined: the whole stage. */
  readonly instance?: string;
  readonly severity: PagingSeverity;
  /** What it means when it rings, in one sentence. */
  readonly description: string;
  /** What it means for a recovery. */
  readonly recovery?: string;
  /** What to do first. */
  readonly first?: string;
  /** What starts a recovery, where one may be the answer. */
  readonly command?: string;
  /**
   * `begin and end`: both are told. `begin`: what has happened does not end because minutes pass.
   * `nothing`: it is a leaf of an alarm that tells. @default begin and end
   */
  readonly tells?: 'begin and end' | 'begin' | 'nothing';
}

export interface AlarmRegistration extends AlarmWords {
  readonly metric: IMetric;
  readonly threshold: number;
  readonly comparison: ComparisonOperator;
  readonly missingData: TreatMissingData;
  /** @default 1 */
  readonly evaluationPeriods?: number;
}

/** One page for one cause: rings while one of its leaves does, unless another cause explains them. */
export interface CauseRegistration extends AlarmWords {
  readonly leaves: readonly IAlarm[];
  /** Alarms that explain the leaves: while one of them rings, this one does not. @default none */
  readonly explainedBy?: readonly IAlarm[];
  /** While it rings nobody is told. @default nothing keeps it quiet */
  readonly quiet?: QuietTimes;
}

export interface QuietTimes {
  readonly suppressor: IAlarm;
  /** How long a change waits for the suppressor to ring. */
  readonly wait: Duration;
  /** How long after it nobody is told yet. */
  readonly extension: Duration;
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
  readonly #telling = new Map<string | undefined, IAlarm[]>();

  constructor(scope: Construct, id: string, props: AlarmRegistrarProps) {
    super(scope, id);
    this.#props = props;
  }

  /** @returns the alarm, named `msr-<stage>[-<instance>]-<runbook>[-<part>]` */
  register(registration: AlarmRegistration): Alarm {
    const name = this.#nameOf(registration);
    const alarm = new Alarm(this, name, {
      alarmName: name,
      alarmDescription: this.#describe(registration),
      metric: registration.metric,
      threshold: registration.threshold,
      comparisonOperator: registration.comparison,
      treatMissingData: registration.missingData,
      evaluationPeriods: registration.evaluationPeriods ?? 1,
    });
    this.#tell(alarm, registration);
    return alarm;
  }

  /** @returns the composite alarm, named as the others */
  registerCause(registration: CauseRegistration): CompositeAlarm {
    const { leaves, explainedBy = [], quiet } = registration;
    const name = this.#nameOf(registration);
    const alarm = new CompositeAlarm(this, name, {
      compositeAlarmName: name,
      alarmDescription: this.#describe(registration),
      alarmRule: ruleOf(leaves, explainedBy),
      ...(quiet === undefined
        ? {}
        : {
            actionsSuppressor: quiet.suppressor,
            actionsSuppressorWaitPeriod: quiet.wait,
            actionsSuppressorExtensionPeriod: quiet.extension,
          }),
    });
    this.#tell(alarm, registration);
    return alarm;
  }

  /** Those that tell somebody of an instance, in the order in which they were registered. */
  tellingOf(instance: string): readonly IAlarm[] {
    return this.#telling.get(instance) ?? [];
  }

  #nameOf({ instance, runbook, part }: AlarmWords): string {
    const parts = ['msr', this.#props.stage, instance, runbook, part];
    return parts.filter((each) => each !== undefined).join('-');
  }

  #describe({ description, ...words }: AlarmWords): string {
    return alarmDescription({ ...words, what: description, runbookUrl: this.#props.runbookUrl });
  }

  #tell(alarm: Alarm | CompositeAlarm, { severity, instance, tells = 'begin and end' }: AlarmWords): void {
    if (tells === 'nothing') return;
    this.#telling.set(instance, [...(this.#telling.get(instance) ?? []), alarm]);
    const action = new SnsAction(this.#props.targets[severity]);
    alarm.addAlarmAction(action);
    if (tells === 'begin and end') alarm.addOkAction(action);
  }
}

function ruleOf(leaves: readonly IAlarm[], explainedBy: readonly IAlarm[]): IAlarmRule {
  const any = AlarmRule.anyOf(...leaves);
  if (explainedBy.length === 0) return any;
  return AlarmRule.allOf(any, AlarmRule.not(AlarmRule.anyOf(...explainedBy)));
}
