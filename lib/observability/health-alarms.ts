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
import { CHECK_NAMES, CHECKS, type CheckName } from '../../src/health/checks.ts';
import { CHECK_DIMENSION, HealthMetric } from '../../src/health/health-metric.ts';
import { WHAT_TO_DO } from '../../src/health/what-to-do.ts';
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

/** Leaves whose page is that of a cause which they share; every other check pages by itself. */
const SINK_LEAVES: readonly CheckName[] = ['sink-running', 'sink-lag', 'sink-stalled', 'sink-frozen'];

/** What the operations team must hear of what the health run sees of one MSR instance. */
export function registerHealthAlarms(alarms: AlarmRegistrar, props: HealthAlarmsProps): void {
  new HealthAlarms(alarms, props).register();
}

/** One instance's: a leaf a check that may page, a cause for those that one cause explains. */
class HealthAlarms {
  readonly #alarms: AlarmRegistrar;
  readonly #props: HealthAlarmsProps;
  readonly #period: Duration;

  constructor(alarms: AlarmRegistrar, props: HealthAlarmsProps) {
    this.#alarms = alarms;
    this.#props = props;
    this.#period = Duration.minutes(props.identity.config.health.everyMinutes);
  }

  register(): void {
    const database = this.#leaf('database');
    const sink = SINK_LEAVES.map((check) => this.#leaf(check));
    const quiet = this.#quietTimes();
    this.#cause('database', { leaves: [database], quiet });
    this.#alarms.registerCause({
      runbook: 'health-sink',
      instance: this.#name,
      severity: 'page',
      leaves: sink,
      explainedBy: [database],
      quiet,
      description:
        'Events do not reach the database as they should: the sink is stopped, failed, stalled or behind.',
      recovery: WHAT_TO_DO['sink-running'].recovery,
      first: 'see in the reason below which leaf rings, and read its heading; do not start a recovery.',
    });
    this.#cause('backup-fresh', { leaves: [this.#leaf('backup-fresh'), this.#props.backupMissing] });
    this.#cause('snapshot-fresh', {
      leaves: [this.#leaf('snapshot-fresh')],
      explainedBy: [database],
      quiet,
    });
    this.#cause('ingestion', { leaves: [this.#leaf('ingestion')], explainedBy: [database, ...sink] });
    this.#registerOthers();
    this.#registerBlindness();
    this.#registerSilence();
  }

  get #name(): string {
    return this.#props.identity.name;
  }

  /** Checks that stand for themselves, and the ticket stage of those that may page. */
  #registerOthers(): void {
    const caused = new Set<CheckName>([
      'database',
      'backup-fresh',
      'snapshot-fresh',
      'ingestion',
      ...SINK_LEAVES,
    ]);
    for (const check of CHECK_NAMES) {
      if (CHECKS[check].worst === 'page') this.#ticketStage(check);
      if (!caused.has(check)) this.#alarms.register({ ...this.#words(check), ...this.#rings(check) });
    }
  }

  #leaf(check: CheckName): Alarm {
    const { command: _, ...words } = this.#words(check);
    return this.#alarms.register({ ...words, ...this.#rings(check), part: 'leaf', tells: 'nothing' });
  }

  #cause(
    check: CheckName,
    rule: {
      readonly leaves: readonly IAlarm[];
      readonly explainedBy?: readonly IAlarm[];
      readonly quiet?: QuietTimes;
    },
  ): void {
    this.#alarms.registerCause({ ...this.#words(check), ...rule });
  }

  /** What is a ticket and no page: at the moment when it becomes a page, the ticket is over. */
  #ticketStage(check: CheckName): void {
    const { command: _, ...words } = this.#words(check);
    this.#alarms.register({
      ...words,
      severity: 'ticket',
      part: 'ticket',
      description: `${CHECKS[check].means} It can wait, or has become a page.`,
      metric: this.#onlyTicket(this.#severityOf(check), `${check}, a ticket`),
      threshold: 1,
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      missingData: KEEP_STATE,
    });
  }

  #words(check: CheckName) {
    const { means, runbook, worst } = CHECKS[check];
    const { recover, ...what } = WHAT_TO_DO[check];
    return {
      runbook,
      instance: this.#name,
      severity: worst,
      description: means,
      ...what,
      ...(recover === undefined ? {} : { command: startCommand(this.#props.recoveryArn) }),
    };
  }

  /** The run itself decides how bad it is, and whether it was seen often enough. */
  #rings(check: CheckName) {
    return {
      metric: this.#severityOf(check),
      threshold: CHECKS[check].worst === 'page' ? 2 : 1,
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      missingData: KEEP_STATE,
    };
  }

  /** Nobody could look, in two runs: what is not known is not taken for good. */
  #registerBlindness(): void {
    const blind = this.#ofInstance(HealthMetric.blind, 'Maximum');
    const words = {
      runbook: 'health-unknown',
      instance: this.#name,
      threshold: 1,
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      missingData: KEEP_STATE,
      description: 'The health run cannot look at what it should, and nothing else that is told explains it.',
      recovery: 'whether one would work is not known.',
      first: 'see which checks are unknown: what they share cannot be reached.',
    };
    this.#alarms.register({ ...words, severity: 'page', metric: blind, threshold: 2 });
    const metric = this.#onlyTicket(blind, 'unknown, a ticket');
    this.#alarms.register({ ...words, severity: 'ticket', part: 'ticket', metric });
  }

  /** 1 for a ticket, 0 for everything else, a page included. */
  #onlyTicket(severity: IMetric, label: string): IMetric {
    const expression = 'IF(severity == 1, 1, 0)';
    return new MathExpression({ expression, label, usingMetrics: { severity }, period: this.#period });
  }

  /**
   * A dead man's switch. FILL makes of silence a zero at once; missing data count after a whole range of
   * them. Minutes are counted, not periods: one run that is lost, and the next a little late, are no silence.
   */
  #registerSilence(): void {
    const minutes = 2 * this.#period.toMinutes() + LATE_MINUTES;
    const runs = this.#ofInstance(HealthMetric.run, 'Sum').with({ period: Duration.minutes(1) });
    this.#alarms.register({
      runbook: 'health-silent',
      instance: this.#name,
      severity: 'page',
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
      description: `No health run has told anything for ${minutes} minutes: nobody looks any more.`,
      recovery: 'whether one would work is not known.',
      first: 'look at the log of the health Lambda and at its schedule, then run `msr health`.',
    });
  }

  /** Without data it does not ring: whoever no longer looks keeps nobody quiet. */
  #quietTimes(): QuietTimes {
    const suppressor = this.#alarms.register({
      runbook: 'health-quiet',
      instance: this.#name,
      severity: 'ticket',
      tells: 'nothing',
      metric: this.#ofInstance(HealthMetric.quiet, 'Maximum'),
      threshold: 1,
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      missingData: TreatMissingData.NOT_BREACHING,
      description: 'A recovery, a drill or an announced maintenance is under way: some pages are held back.',
    });
    // The run that sees both tells of both at once; an alarm is evaluated within a minute.
    return { suppressor, wait: Duration.minutes(2), extension: this.#period };
  }

  #severityOf(check: CheckName): IMetric {
    return this.#ofInstance(HealthMetric.severity, 'Maximum', { [CHECK_DIMENSION]: check });
  }

  #ofInstance(metricName: string, statistic: string, more: Readonly<Record<string, string>> = {}): Metric {
    const { identity } = this.#props;
    return instanceMetric(identity, { metricName, dimensionsMap: more, statistic, period: this.#period });
  }
}

/** Silence is told by the dead man's switch alone: an alarm neither begins nor ends with it. */
const KEEP_STATE = TreatMissingData.IGNORE;

/** Scheduler, the Lambda's start and CloudWatch Logs, at their slowest. */
const LATE_MINUTES = 4;

function startCommand(stateMachineArn: string): string {
  return `aws stepfunctions start-execution --state-machine-arn ${stateMachineArn} --input '{}'`;
}
