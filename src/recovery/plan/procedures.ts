/**
 * What builds a database beside the live one and gives it the live name.
 * standard: a backup and every record since its cut · cold: a backup and what Kafka still, or again, has ·
 * point-in-time: a backup and the records since, without those that did the damage · zone: a dump of another
 * zone's database, taken now, and the records since
 */
const REBUILDS = ['standard', 'cold', 'point-in-time', 'zone'] as const;
export type Rebuild = (typeof REBUILDS)[number];

/** Those that need something before they can restore: a pipeline, or a dump. */
export const PREPARED: readonly Rebuild[] = ['cold', 'zone'];

/**
 * What mends the live database, or what feeds it, where it is.
 * configuration: values of msr.configuration (and sessions) as a backup holds them · resume-sink: topics were
 * created anew; the database is kept, and the sink begins at their start · partial: the damaged hours of
 * events alone are replaced
 */
export const REPAIRS = ['configuration', 'resume-sink', 'partial'] as const;
export type Repair = (typeof REPAIRS)[number];

/** Everything that a recovery can be asked for. */
export const PROCEDURES = [...REBUILDS, ...REPAIRS] as const;
export type Procedure = (typeof PROCEDURES)[number];

/** undo: back to what was before a recovery · redo: takes an undo back */
export const SWAPS = ['undo', 'redo'] as const;
type Swap = (typeof SWAPS)[number];

export const PLANNED = [...PROCEDURES, ...SWAPS] as const;
/** What a plan may carry out. */
export type PlannedProcedure = (typeof PLANNED)[number];

export function isRebuild(procedure: PlannedProcedure): procedure is Rebuild {
  return (REBUILDS as readonly string[]).includes(procedure);
}

export function isRepair(procedure: PlannedProcedure): procedure is Repair {
  return (REPAIRS as readonly string[]).includes(procedure);
}

/** Its documents stand beside those of the recovery that it undoes. */
export function isSwap(procedure: PlannedProcedure): procedure is Swap {
  return (SWAPS as readonly string[]).includes(procedure);
}

/** One line for people: what the procedure does. */
export const PROCEDURE_TEXTS: Readonly<Record<PlannedProcedure, string>> = {
  standard: 'restore the backup beside the live database, replay Kafka, prove it, take its place',
  cold: 'restore the backup beside the live database, start the pipeline again, replay what Kafka has, prove that, take its place',
  'point-in-time':
    'restore the backup beside the live database, replay Kafka without what did the damage, prove it, take its place',
  zone: "dump the other zone's database, restore it beside the live one, replay Kafka, prove it, take its place",
  configuration: "set the backup's values in msr.configuration",
  'resume-sink': "keep the database, and set the sink to the new topics' start",
  partial: 'restore and replay the damaged hours alone, prove them, and put them in the place of the damaged',
  undo: 'go back to what the recovery replaced: the database, the values or the rows that were live before',
  redo: 'take the undo back, the recovered database gets the live name again',
};
