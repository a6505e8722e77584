import { PRICE, PRICES_AS_OF, PRICES_REGION } from '../../core/list-prices.ts';
import type { PlanOption } from './options/plan-option.ts';
import { isRebuild } from './procedures.ts';

/** The task that carries a recovery out: lib/instance/task-cluster.ts. */
const TASK = { vcpu: 4, gb: 8 } as const;
const TASK_HOUR = TASK.vcpu * PRICE.fargateVcpuHour + TASK.gb * PRICE.fargateGbHour;
/** Each artifact is read as one stream, and a few documents with it. */
const REQUESTS = 100;
/** A dump of an earlier msr does not tell how large its database was: the playbook's ratio. */
const DATABASE_PER_DUMP = 1 / 0.3;
const HOURS_A_MONTH = 730;

/** What is known of the backup that an option begins with. */
export interface PricedBackup {
  /** Everything of it in the vault. */
  readonly bytes: number;
  readonly databaseBytes?: number | undefined;
}

/**
 * What an option costs in AWS, in US dollars by list prices: the task for its time, reading the backup, and
 * the second database for as long as it stands beside. Pure.
 * @returns undefined where there is no time to go by
 */
export function costOf(
  { procedure, seconds }: Pick<PlanOption, 'procedure' | 'seconds'>,
  { bytes, databaseBytes }: PricedBackup,
): PlanOption['cost'] {
  if (seconds === null) return undefined;
  const reading = (REQUESTS / 1000) * PRICE.s3Get1000;
  const database = isRebuild(procedure) ? (databaseBytes ?? bytes * DATABASE_PER_DUMP) : 0;
  const diskHour = ((database / 1e9) * PRICE.diskGbMonth) / HOURS_A_MONTH;
  const within = (time: number) => cents(reading + (time / 3600) * (TASK_HOUR + diskHour));
  return { low: within(seconds.low), high: within(seconds.high), keptDay: cents(24 * diskHour) };
}

/** Hundredths of a cent: what is less is no money. */
function cents(dollars: number): number {
  return Math.round(dollars * 10_000) / 10_000;
}

/** `$0.02 to $0.31` */
export function costText({ low, high }: NonNullable<PlanOption['cost']>): string {
  const [from, to] = [money(low), money(high)];
  return from === to ? from : `${from} to ${to}`;
}

function money(dollars: number): string {
  if (dollars < 0.01) return 'under $0.01';
  return dollars < 100 ? `$${dollars.toFixed(2)}` : `$${Math.round(dollars)}`;
}

/** Where the time of the chosen option is known from, and what it costs, for the approver. Pure. */
export function priceRemarks({ cost, basis, seconds }: PlanOption): string[] {
  if (cost === undefined || seconds === null) return [];
  const kept =
    cost.keptDay === 0
      ? ''
      : `, and ${money(cost.keptDay)} a day for the replaced database until \`msr cleanup\``;
  return [
    basis === 'measured here'
      ? 'the time is that of the last recoveries and drills of this system, for this backup and this log'
      : 'the time is a guess, by rates that were measured elsewhere: a drill on this system (`msr drill`) would tell',
    `in AWS that costs ${costText(cost)}${kept}: an estimate by list prices of ${PRICES_AS_OF} for ${PRICES_REGION}, for a task of ${TASK.vcpu} vCPU and ${TASK.gb} GB, reading the backup, and the disk of the second database`,
  ];
}
