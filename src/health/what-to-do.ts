import type { CheckName } from './checks.ts';

/** What a failed check means for whoever might have to recover, and what is looked at first. */
export interface WhatToDo {
  /** What it means for a recovery. */
  readonly recovery: string;
  readonly first: string;
  /** Whether a recovery may be the answer. */
  readonly recover?: true;
}

const SINK_RECOVERY = 'Kafka keeps the events; none is lost while its retention lasts.';

/** A row a check: alarms, rules and monitors say it, in the same words. */
export const WHAT_TO_DO: Readonly<Record<CheckName, WhatToDo>> = {
  database: {
    recovery: 'Kafka keeps what comes in meanwhile; a recovery loses nothing while its retention lasts.',
    first: 'see whether the server runs and lets us in; recover only what cannot be started again.',
    recover: true,
  },
  'backup-fresh': {
    recovery: 'it would begin further back, and replay longer.',
    first: 'look why the last backups failed, then start one.',
  },
  'backup-replayable': {
    recovery: 'soon nothing but a loss of events is left: Kafka drops what the newest backup needs.',
    first: "take a backup now, or raise the topics' retention.",
  },
  'sink-running': {
    recovery: SINK_RECOVERY,
    first: "read the failed task's trace; do not start a recovery.",
  },
  'sink-lag': {
    recovery: SINK_RECOVERY,
    first: 'see whether the lag falls; if not, look at sink and database.',
  },
  'sink-stalled': {
    recovery: SINK_RECOVERY,
    first: "look for locks in the database, then at the sink's log.",
  },
  'sink-frozen': {
    recovery: SINK_RECOVERY,
    first: 'see which backup or recovery holds it; the janitor resumes what nobody holds.',
  },
  'snapshot-fresh': {
    recovery: 'none is needed; replays of sessions begin further back, and chunks are not dropped.',
    first: "look why MSR's maintenance of 03:00 did not run.",
  },
  ingestion: {
    recovery: 'none is needed: what never reached Kafka no recovery brings.',
    first: 'look at the sources of the topics.',
  },
  'vault-space': {
    recovery: 'what is stored stays good; new backups will fail.',
    first: 'make room in the vault.',
  },
  'database-space': {
    recovery: 'one to the same server needs room for a second database.',
    first: 'make room before the server stops.',
  },
  'broker-space': {
    recovery: 'a full broker takes no events, and may drop those that a replay needs.',
    first: 'make room on the broker.',
  },
  'retention-matrix': {
    recovery: 'after a weekend without backups Kafka may no longer hold what a replay needs.',
    first: "set the topics' retention as the doctor's commands do.",
  },
  jobs: {
    recovery: 'none is needed.',
    first: 'see in the evidence which job fails, and with which error.',
  },
  'vault-integrity': {
    recovery: 'the damaged backup cannot be used; older ones can.',
    first: 'take a backup now, then look what changed the artifact.',
  },
  zones: {
    recovery: 'the zone that holds everything can serve while the other one is recovered.',
    first: 'see which hours differ, and which side lacks them.',
    recover: true,
  },
  'drill-fresh': { recovery: 'whether one works is not known.', first: 'run a drill.' },
};
