import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  ComparisonOperator,
  type IAlarm,
  type IMetric,
  MathExpression,
  type Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { alarmOfCheck, HEALTH_ALARMS, type HealthAlarm, silenceAlarm } from '../../src/health/alarms.ts';
import { type CheckName, SEVERITY_NUMBER } from '../../src/health/checks.ts';
import { CHECK_DIMENSION, HealthMetric } from '../../src/health/health-metric.ts';
import type { InstanceIdentity } from '../instance/instance-resources.ts';
import type { AlarmRegistrar, QuietTimes } from './alarm-registrar.ts';
import { instanceMetric } from './instance-metric.ts';

export interface HealthAlarmsProps {
  readonly identity: InstanceIdentity;
  /** A recovery's state machine, by the ARN that it will have. */
  readonly recoveryArn: string;
  /** Tells that no backup was verified for long; the newest one is old for the same cause. */
  readonly backupMissing: IAlarm;
}

/** What the operations team must hear of what the health run sees of one MSR instance. */
export function registerHealthAlarms(alarms: AlarmRegistrar, props: HealthAlarmsProps): void {
  new HealthAlarms(alarms, props).register();
}

/** One instance's: a metric alarm each, and a leaf a check where one cause explains it or holds it back. */
class HealthAlarms {
  readonly #alarms: AlarmRegistrar;
  readonly #props: HealthAlarmsProps;
  readonly #period: Duration;
  readonly #leaves = new Map<CheckName, Alarm>();
  #quiet: QuietTimes | undefined;

  constructor(alarms: AlarmRegistrar, props: HealthAlarmsProps) {
    this.#alarms = alarms;
    this.#props = props;
    this.#period = Duration.minutes(props.identity.config.health.everyMinutes);
  }

  register(): void {
    for (const alarm of HEALTH_ALARMS) this.#register(alarm);
    this.#registerSilence();
  }

  #register(alarm: HealthAlarm): void {
    const { watches, explainedBy, isHeldBack } = alarm;
    const words = this.#words(alarm);
    if (watches === 'unknown') {
      this.#alarms.register({ ...words, ...this.#rings(alarm, this.#ofInstance(HealthMetric.blind)) });
      return;
    }
    const [check, ...others] = watches;
    const also = this.#alsoOf(alarm);
    if (check === undefined) throw new RangeError(`${alarm.runbook} watches nothing`);
    if (others.length + also.length + explainedBy.length === 0 && !isHeldBack) {
      this.#alarms.register({ ...words, ...this.#rings(alarm, this.#severityOf(check)) });
      return;
    }
    this.#alarms.registerCause({
      ...words,
      leaves: [...watches.map((each) => this.#leaf(each)), ...also],
      explainedBy: explainedBy.map((each) => this.#leaf(each)),
      ...(isHeldBack ? { quiet: this.#quietTimes() } : {}),
    });
  }

  /** What only AWS sees of the same cause. */
  #alsoOf({ watches, part }: HealthAlarm): readonly IAlarm[] {
    const isMissing = part === undefined && watches.includes('backup-fresh');
    return isMissing ? [this.#props.backupMissing] : [];
  }

  #leaf(check: CheckName): Alarm {
    const made = this.#leaves.get(check);
    if (made !== undefined) return made;
    const alarm = alarmOfCheck(check);
    const { command: _, ...words } = this.#words(alarm);
    const rings = this.#rings(alarm, this.#severityOf(check));
    const leaf = this.#alarms.register({ ...words, ...rings, part: 'leaf', tells: 'nothing' });
    this.#leaves.set(check, leaf);
    return leaf;
  }

  #words({ runbook, part, severity, means, recovery, first, recover }: HealthAlarm) {
    return {
      ...{ runbook, severity, recovery, first },
      ...(part === undefined ? {} : { part }),
      instance: this.#props.identity.name,
      description: means,
      ...(recover === undefined ? {} : { command: startCommand(this.#props.recoveryArn) }),
    };
  }

  /** The run itself decides how bad it is, and whether it was seen often enough. */
  #rings({ severity, part, runbook }: HealthAlarm, metric: IMetric) {
    const isStage = part === 'ticket';
    return {
      metric: isStage ? this.#onlyTicket(metric, `${runbook}, a ticket`) : metric,
      threshold: isStage ? 1 : SEVERITY_NUMBER[severity],
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      missingData: KEEP_STATE,
    };
  }

  /** 1 for a ticket, 0 for everything else, a page included. */
  #onlyTicket(severity: IMetric, label: string): IMetric {
    const expression = 'IF(severity == 1, 1, 0)';
    return new MathExpression({ expression, label, usingMetrics: { severity }, period: this.#period });
  }

  /** FILL makes of silence a zero at once; missing data count after a whole range of them. */
  #registerSilence(): void {
    const { minutes, means, ...words } = silenceAlarm(this.#period.toMinutes());
    const runs = this.#ofInstance(HealthMetric.run, 'Sum').with({ period: Duration.minutes(1) });
    this.#alarms.register({
      ...words,
      instance: this.#props.identity.name,
      metric: new MathExpression({
        expression: 'FILL(runs, 0)',
        label: 'health runs',
        usingMetrics: { runs },
        period: Duration.minutes(1),
      }),
      threshold: 1,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: minutes,
      missingData: TreatMissingData.BREACHING,
      description: means,
      first: 'look at the log of the health Lambda and at its schedule, then run `msr health`.',
    });
  }

  /** Without data it does not ring: whoever no longer looks keeps nobody quiet. */
  #quietTimes(): QuietTimes {
    if (this.#quiet !== undefined) return this.#quiet;
    const suppressor = this.#alarms.register({
      runbook: 'health-quiet',
      instance: this.#props.identity.name,
      severity: 'ticket',
      tells: 'nothing',
      metric: this.#ofInstance(HealthMetric.quiet),
      threshold: 1,
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      missingData: TreatMissingData.NOT_BREACHING,
      description: 'A recovery, a drill or an announced maintenance is under way: some pages are held back.',
    });
    // The run that sees both tells of both at once; an alarm is evaluated within a minute.
    this.#quiet = { suppressor, wait: Duration.minutes(2), extension: this.#period };
    return this.#quiet;
  }

  #severityOf(check: CheckName): IMetric {
    return this.#ofInstance(HealthMetric.severity, 'Maximum', { [CHECK_DIMENSION]: check });
  }

  #ofInstance(
    metricName: string,
    statistic = 'Maximum',
    more: Readonly<Record<string, string>> = {},
  ): Metric {
    const { identity } = this.#props;
    return instanceMetric(identity, { metricName, dimensionsMap: more, statistic, period: this.#period });
  }
}

/** Silence is told by the dead man's switch alone: an alarm neither begins nor ends with it. */
const KEEP_STATE = TreatMissingData.IGNORE;

function startCommand(stateMachineArn: string): string {
  return `aws stepfunctions start-execution --state-machine-arn ${stateMachineArn} --input '{}'`;
}
