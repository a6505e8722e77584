import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IAlarm,
  type IMetric,
  type IWidget,
  SingleValueWidget,
  type YAxisProps,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { BackupMetric } from '../../src/backup/execution/announcement.ts';
import { CHECK_NAMES } from '../../src/health/checks.ts';
import {
  CHECK_DIMENSION,
  HealthMetric,
  type HealthValueName,
  valueTitle,
} from '../../src/health/health-metric.ts';
import type { InstanceIdentity } from '../instance/instance-resources.ts';
import { instanceMetric } from './instance-metric.ts';

export interface InstanceDashboardProps {
  readonly identity: InstanceIdentity;
  /** Those that tell somebody of the instance. */
  readonly alarms: readonly IAlarm[];
  readonly executions: Readonly<Record<'backup' | 'verification' | 'recovery', IStateMachine>>;
}

/** CloudWatch's grid has 24 columns. */
const WHOLE = 24;
const HALF = 12;
const THIRD = 8;
const HEIGHT = 6;

const PERCENT: YAxisProps = { min: 0, max: 100, showUnits: false };
const FROM_ZERO: YAxisProps = { min: 0, showUnits: false };

/** What one MSR instance looks like, in the order of its status page: can we recover now, checks, why. */
export class InstanceDashboard extends Construct {
  readonly #props: InstanceDashboardProps;
  readonly #period: Duration;

  constructor(scope: Construct, id: string, props: InstanceDashboardProps) {
    super(scope, id);
    this.#props = props;
    const { stage, name, config } = props.identity;
    // A shorter one would leave gaps between the runs, and a longer one hide what one of them saw.
    this.#period = Duration.minutes(config.health.everyMinutes);
    new Dashboard(this, 'Dashboard', {
      dashboardName: `msr-${stage}-${name}`,
      defaultInterval: Duration.days(1),
      widgets: [
        [this.#canWeRecover()],
        [new AlarmStatusWidget({ title: 'Alarms', alarms: [...props.alarms], width: WHOLE, height: HEIGHT })],
        this.#checks(),
        this.#backups(),
        this.#lag(),
        this.#ingestion(),
        this.#space(),
        this.#executions(),
      ],
    });
  }

  /** As the first line of the status page: how far back the newest backup lies, and how long it is of use. */
  #canWeRecover(): IWidget {
    return new SingleValueWidget({
      title: 'Can we recover now? Hours',
      metrics: [
        this.#value('ReplayableHours'),
        this.#value('BackupAgeHours'),
        this.#value('SnapshotAgeHours'),
        this.#value('DrillAgeHours'),
      ],
      width: WHOLE,
      height: 3,
    });
  }

  #checks(): IWidget[] {
    const severities = CHECK_NAMES.map((check) => this.#ofCheck(HealthMetric.severity, check));
    const unknown = CHECK_NAMES.map((check) => this.#ofCheck(HealthMetric.unknown, check));
    const axis = (max: number): YAxisProps => ({ min: 0, max, showUnits: false });
    return [
      this.#graph('Checks: 0 well, 1 ticket, 2 page', severities, { width: HALF, axis: axis(2) }),
      this.#graph(
        'Nobody could look: 1 unknown',
        [...unknown, this.#metric(HealthMetric.blind), this.#metric(HealthMetric.quiet)],
        { width: HALF, axis: axis(2) },
      ),
    ];
  }

  #backups(): IWidget[] {
    const { seconds, sinkPause } = BackupMetric;
    return [
      this.#graphOf(['BackupAgeHours', 'ReplayableHours'], { width: THIRD, axis: FROM_ZERO }),
      this.#graph('Backups, seconds', [this.#metric(seconds), this.#metric(sinkPause)], {
        width: THIRD,
        axis: FROM_ZERO,
      }),
      this.#graphOf(['OldestReadDays'], { width: THIRD, axis: FROM_ZERO }),
    ];
  }

  #lag(): IWidget[] {
    return [
      this.#graphOf(['SinkLagMessages'], { width: THIRD, axis: FROM_ZERO }),
      this.#graphOf(['SinkLagSeconds'], { width: THIRD, axis: FROM_ZERO }),
      this.#graphOf(['SinkLagRetentionPercent', 'SinkRunningTasks'], { width: THIRD, axis: FROM_ZERO }),
    ];
  }

  #ingestion(): IWidget[] {
    return [
      this.#graphOf(['NewestEventAgeSeconds'], { width: THIRD, axis: FROM_ZERO }),
      this.#graphOf(['EventsEstimated'], { width: THIRD, axis: FROM_ZERO }),
      this.#graphOf(['SnapshotAgeHours', 'JobsFailing', 'ZoneHoursDiffering'], {
        width: THIRD,
        axis: FROM_ZERO,
      }),
    ];
  }

  #space(): IWidget[] {
    const values = ['VaultFreePercent', 'DatabaseFreePercent', 'BrokerFreePercent'] as const;
    return [this.#graphOf(values, { width: WHOLE, axis: PERCENT })];
  }

  #executions(): IWidget[] {
    const { backup, verification, recovery } = this.#props.executions;
    const titled = { Backups: backup, Verifications: verification, Recoveries: recovery };
    return Object.entries(titled).map(([title, machine]) =>
      this.#graph(
        `${title}, executions`,
        [machine.metricSucceeded(HOURLY), machine.metricFailed(HOURLY), machine.metricAborted(HOURLY)],
        { width: THIRD, axis: FROM_ZERO },
      ),
    );
  }

  #graphOf(
    values: readonly HealthValueName[],
    look: { readonly width: number; readonly axis: YAxisProps },
  ): IWidget {
    const [only, ...others] = values;
    const title = only !== undefined && others.length === 0 ? valueTitle(only) : undefined;
    return this.#graph(
      title,
      values.map((name) => this.#value(name)),
      look,
    );
  }

  #graph(
    title: string | undefined,
    left: readonly IMetric[],
    { width, axis }: { readonly width: number; readonly axis: YAxisProps },
  ): IWidget {
    return new GraphWidget({
      ...(title === undefined ? {} : { title }),
      left: [...left],
      leftYAxis: axis,
      width,
      height: HEIGHT,
    });
  }

  #value(name: HealthValueName): IMetric {
    return this.#metric(name, { label: valueTitle(name) });
  }

  #ofCheck(metricName: string, check: string): IMetric {
    return this.#metric(metricName, { label: check, dimensions: { [CHECK_DIMENSION]: check } });
  }

  #metric(
    metricName: string,
    more: { readonly label?: string; readonly dimensions?: Readonly<Record<string, string>> } = {},
  ): IMetric {
    return instanceMetric(this.#props.identity, {
      metricName,
      statistic: 'Maximum',
      label: more.label ?? metricName,
      period: this.#period,
      ...(more.dimensions === undefined ? {} : { dimensionsMap: more.dimensions }),
    });
  }
}

const HOURLY = { period: Duration.hours(1), statistic: 'Sum' } as const;
