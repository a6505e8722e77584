import type { Template } from '../../lib/assembly/resolve-definition.ts';
import { type AlarmRule, parseRule } from './alarm-rule.ts';
import type { AlarmDecision, MissingData } from './metric-alarm.ts';

/** A metric as an alarm asks for it: the same text for the same name and dimensions. */
export interface MetricQuery {
  readonly key: string;
  readonly statistic: string;
  /** Minutes. */
  readonly period: number;
}

/** What an alarm looks at: one metric, or an expression over some. */
export interface AlarmData {
  /** By the id that the expression names. */
  readonly metrics: Readonly<Record<string, MetricQuery>>;
  /** `FILL(runs, 0)`; undefined: the one metric itself. */
  readonly expression: string | undefined;
  readonly period: number;
}

export interface MetricAlarm extends AlarmDecision {
  readonly name: string;
  readonly data: AlarmData;
  readonly tells: Telling;
}

export interface CompositeAlarm {
  readonly name: string;
  readonly rule: AlarmRule;
  readonly tells: Telling;
  readonly suppressor:
    | { readonly alarm: string; readonly wait: number; readonly extension: number }
    | undefined;
}

/** Which topics an alarm tells of its beginning and of its end, by the last part of their names. */
interface Telling {
  readonly ALARM: readonly string[];
  readonly OK: readonly string[];
}

export interface TemplateAlarms {
  readonly metricAlarms: readonly MetricAlarm[];
  readonly composites: readonly CompositeAlarm[];
}

type Properties = Readonly<Record<string, unknown>>;

/** Every alarm of a template, as CloudWatch would evaluate it. */
export function alarmsOf(template: Template): TemplateAlarms {
  const named = new Map(
    Object.entries(template.Resources).flatMap(([id, { Properties: own }]) =>
      typeof own?.['AlarmName'] === 'string' ? [[id, own['AlarmName']] as const] : [],
    ),
  );
  const ofType = (type: string) =>
    Object.values(template.Resources).flatMap(({ Type, Properties: own = {} }) =>
      Type === type ? [own] : [],
    );
  return {
    metricAlarms: ofType('AWS::CloudWatch::Alarm').map(metricAlarm),
    composites: ofType('AWS::CloudWatch::CompositeAlarm').map((own) => compositeAlarm(own, named)),
  };
}

function metricAlarm(own: Properties): MetricAlarm {
  const evaluationPeriods = own['EvaluationPeriods'] as number;
  return {
    name: own['AlarmName'] as string,
    threshold: own['Threshold'] as number,
    comparison: own['ComparisonOperator'] as AlarmDecision['comparison'],
    evaluationPeriods,
    datapointsToAlarm: (own['DatapointsToAlarm'] as number | undefined) ?? evaluationPeriods,
    missingData: own['TreatMissingData'] as MissingData,
    data: dataOf(own),
    tells: telling(own),
  };
}

interface Stat {
  readonly Metric: Properties;
  readonly Period: number;
  readonly Stat: string;
}

function dataOf(own: Properties): AlarmData {
  const metrics = own['Metrics'] as
    | ReadonlyArray<{ Id: string; Expression?: string; MetricStat?: Stat }>
    | undefined;
  if (metrics === undefined) {
    const period = (own['Period'] as number) / 60;
    const only = { key: metricKey(own), statistic: own['Statistic'] as string, period };
    return { metrics: { only }, expression: undefined, period };
  }
  const stats = metrics.flatMap(({ Id, MetricStat }) =>
    MetricStat === undefined
      ? []
      : [
          [
            Id,
            { key: metricKey(MetricStat.Metric), statistic: MetricStat.Stat, period: MetricStat.Period / 60 },
          ] as const,
        ],
  );
  const expression = metrics.find(({ Expression }) => Expression !== undefined)?.Expression;
  return { metrics: Object.fromEntries(stats), expression, period: stats[0]?.[1].period ?? 1 };
}

/** `MSR CheckSeverity Check=database Instance=prod/az-a` */
function metricKey(own: Properties): string {
  const dimensions = (own['Dimensions'] as ReadonlyArray<{ Name: string; Value: unknown }> | undefined) ?? [];
  const texts = dimensions.map(({ Name, Value }) => `${Name}=${typeof Value === 'string' ? Value : '?'}`);
  return [own['Namespace'], own['MetricName'], ...texts.sort()].join(' ');
}

function compositeAlarm(own: Properties, named: ReadonlyMap<string, string>): CompositeAlarm {
  const suppressor = own['ActionsSuppressor'];
  return {
    name: own['AlarmName'] as string,
    rule: parseRule(ruleText(own['AlarmRule'], named)),
    tells: telling(own),
    suppressor:
      suppressor === undefined
        ? undefined
        : {
            alarm: referenced(suppressor, named),
            wait: (own['ActionsSuppressorWaitPeriod'] as number) / 60,
            extension: (own['ActionsSuppressorExtensionPeriod'] as number) / 60,
          },
  };
}

function ruleText(rule: unknown, named: ReadonlyMap<string, string>): string {
  if (typeof rule === 'string') return rule;
  const { 'Fn::Join': join } = rule as { 'Fn::Join'?: [string, unknown[]] };
  if (join === undefined) return referenced(rule, named);
  return join[1].map((part) => ruleText(part, named)).join(join[0]);
}

/** @throws RangeError where the template means no alarm of its own */
function referenced(value: unknown, named: ReadonlyMap<string, string>): string {
  const { 'Fn::GetAtt': attribute, Ref: ref } = value as { 'Fn::GetAtt'?: [string, string]; Ref?: string };
  const name = named.get(attribute?.[0] ?? ref ?? '');
  if (name === undefined) throw new RangeError(`${JSON.stringify(value)} is no alarm of the template`);
  return name;
}

function telling(own: Properties): Telling {
  const topics = (property: string) =>
    ((own[property] as unknown[] | undefined) ?? []).map((topic) =>
      JSON.stringify(topic).toLowerCase().includes('ticket') ? 'ticket' : 'page',
    );
  return { ALARM: topics('AlarmActions'), OK: topics('OKActions') };
}
