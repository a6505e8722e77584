import {
  DatabaseConnectionError,
  describeServer,
  type Session,
  SqlState,
  sqlState,
  withSession,
} from '../../clients/postgres.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { digestKey } from '../../ledger/digest.ts';
import { type DigestedHours, digestWithin } from '../../ledger/digest-within.ts';
import { NotFedError, requireFed } from '../../live/fed-database.ts';
import { isDatabaseFailure, liveDatabaseUrl } from '../../live/live-database.ts';
import { ForeignDatabaseError } from '../../live/live-server.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Assessment } from './assessment.ts';
import { foreseeConfiguration } from './compare-configuration.ts';
import { type Damage, findDamage, type LiveContent, tellingHours } from './compare-database.ts';

/** How many of a long list of damages a plan shows. */
const SHOWN_DAMAGES = 5;

/**
 * For the digests of the events: a plan is there within 20 seconds however many there are, and compares all
 * of them where somebody asks for it.
 */
const EVIDENCE_MS = 10_000;

type Known = Pick<Assessment['database'], 'state' | 'facts' | 'damaged'>;

/** Reads the digests of the events that say something: of as many as there is time for. */
export type ReadEvents = (
  session: Session,
  tellingHours: readonly string[],
) => Promise<Pick<LiveContent, 'events' | 'since'>>;

/**
 * The live database against the backup, by content; and whether it is the one that the sink feeds.
 * @param config of the sink; undefined where nobody can tell
 * @param options evidenceMs: how long its events are compared; comparison: of all of them, where
 *   somebody asked for it
 * @throws OperatorError where wrong credentials or missing rights keep us from looking: that is no disaster
 */
export async function assessDatabase(
  settings: Settings,
  manifest: Manifest,
  config: Readonly<Record<string, string>> | undefined,
  {
    evidenceMs = EVIDENCE_MS,
    comparison,
  }: { readonly evidenceMs?: number; readonly comparison?: Known | undefined } = {},
): Promise<Assessment['database']> {
  const url = await whereToLook(settings);
  const server = describeServer(url);
  const evidence: ReadEvents = async (session, hours) => ({
    events: await digestWithin(session, hours, evidenceMs),
  });
  const { live, ...quick } = await lookAtContent(url, manifest, evidence);
  const found = comparison === undefined ? quick : { ...quick, ...withComparison(quick, comparison) };
  const obstacle =
    config === undefined ? null : await fedElsewhere({ ...settings, databaseUrl: url }, config);
  const configuration = foreseeConfiguration(manifest.configuration, live);
  return { server, ...found, obstacle, configuration };
}

/** What a comparison of all events found, unless this look shows more: what is missing says enough. */
function withComparison(quick: Known, comparison: Known): Known {
  const isOpen = quick.state === 'unproven' || quick.state === 'healthy';
  const told = new Set(comparison.damaged.events.map(digestKey));
  const isTold =
    !quick.damaged.others &&
    (!quick.damaged.configuration || comparison.damaged.configuration) &&
    quick.damaged.events.every((events) => told.has(digestKey(events)));
  const { state, facts, damaged } = comparison;
  return isOpen || (isTold && quick.state === 'damaged') ? { state, facts, damaged } : quick;
}

async function fedElsewhere(
  settings: Settings,
  config: Readonly<Record<string, string>>,
): Promise<string | null> {
  try {
    await requireFed(settings, config);
    return null;
  } catch (error) {
    if (error instanceof NotFedError) return `${error.message}: ${error.hint}`;
    throw error;
  }
}

/**
 * A target's server that cannot be asked, or has a stranger under the live name, is told
 * of as the target's fault.
 */
export async function whereToLook(settings: Settings): Promise<string> {
  try {
    return await liveDatabaseUrl(settings);
  } catch (error) {
    const ofTarget = error instanceof ForeignDatabaseError || error instanceof DatabaseConnectionError;
    if (ofTarget) return settings.databaseUrl;
    throw error;
  }
}

interface Finding extends Omit<Assessment['database'], 'server' | 'obstacle' | 'configuration'> {
  /** msr.configuration; undefined where it cannot be read. */
  readonly live: Configuration | undefined;
}

type Configuration = ReadonlyMap<string, string | null>;

/**
 * What the database holds of what the backup held; one that cannot be read is a finding, too.
 * @throws as assessDatabase
 */
export async function lookAtContent(
  url: string,
  manifest: Manifest,
  readEvents: ReadEvents,
): Promise<Finding> {
  return await look(url, manifest, readEvents).catch((error: unknown) =>
    stateOfFailure(error, describeServer(url)),
  );
}

async function look(url: string, manifest: Manifest, readEvents: ReadEvents): Promise<Finding> {
  return await withSession(url, { purpose: 'assess' }, async (session) => {
    const relations = await readRelations(session);
    const missing = manifest.relations.filter(({ name }) => !relations.has(name.replace(/^msr\./, '')));
    // The digests take long, and what is gone says enough.
    const content =
      missing.length > 0
        ? withoutContent(manifest, relations)
        : await readContent(session, manifest, relations, readEvents);
    const readable = relations.has('session') && relations.has('configuration');
    const live = readable ? await readConfiguration(session) : undefined;
    return { ...verdict(manifest, content), readable, writable: await isWritable(session), live };
  });
}

/** A superuser can, on a server that is no standby. */
async function isWritable(session: Session): Promise<boolean> {
  const { rows } = await session.query<{ writable: boolean }>(
    `SELECT current_setting('is_superuser')::bool AND NOT pg_is_in_recovery() AS writable`,
  );
  return rows[0]?.writable === true;
}

function verdict(manifest: Manifest, content: LiveContent): Known {
  const damages = findDamage(manifest, content);
  const telling = tellingHours(manifest, content.cutoff);
  const left = telling.filter((hour) => !content.events.hours.has(hour)).length;
  const restSound = content.since !== undefined && left === 0;
  if (damages.length > 0) {
    const damaged = { ...partsOf(damages, left), restSound };
    return { state: 'damaged', facts: summary(damages), damaged };
  }
  if (left === 0)
    return {
      state: 'healthy',
      facts: ['the live database holds all that the backup holds'],
      damaged: { ...NOTHING, restSound },
    };
  const fact = `${left} of ${telling.length} hours of events were not compared, for want of time; the others hold what the backup holds`;
  return { state: 'unproven', facts: [fact], damaged: { ...NOTHING, uncompared: left } };
}

/** The first few, and how many more there are. */
function summary(damages: readonly Damage[]): string[] {
  const more = damages.length - SHOWN_DAMAGES;
  const shown = damages.slice(0, SHOWN_DAMAGES).map(({ text }) => text);
  return [...shown, ...(more > 0 ? [`and ${more} more differences`] : [])];
}

const NOTHING: Assessment['database']['damaged'] = {
  hours: [],
  events: [],
  uncompared: 0,
  restSound: false,
  configuration: false,
  others: false,
};

/** @param uncompared hours that nobody looked at */
function partsOf(
  damages: readonly Damage[],
  uncompared: number,
): Omit<Assessment['database']['damaged'], 'restSound'> {
  const has = (kind: Damage['kind']) => damages.some((damage) => damage.kind === kind);
  const events = damages.flatMap((damage) => damage.events ?? []);
  return {
    hours: [...new Set(events.map(({ hour }) => hour))].sort(),
    events,
    uncompared,
    configuration: has('configuration'),
    others: has('relation') || has('snapshot'),
  };
}

async function readRelations(session: Session): Promise<ReadonlySet<string>> {
  const { rows } = await session.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class
     WHERE relnamespace = to_regnamespace('msr') AND relkind IN ('r', 'p', 'v', 'm')`,
  );
  return new Set(rows.map(({ name }) => name));
}

/** Takes for granted what was not looked at, so that only what is missing counts. */
function withoutContent(manifest: Manifest, relations: ReadonlySet<string>): LiveContent {
  return {
    relations,
    configurationKeys: new Set(manifest.configuration.map(({ key }) => key)),
    snapshotRows: null,
    cutoff: null,
    events: NOT_COMPARED,
  };
}

const NOT_COMPARED: DigestedHours = { digests: [], hours: new Set() };

/** Evidence that is quick to read first: the digests only where it shows no damage. */
async function readContent(
  session: Session,
  manifest: Manifest,
  relations: ReadonlySet<string>,
  readEvents: ReadEvents,
): Promise<LiveContent> {
  const configuration = await readConfiguration(session);
  const snapshot = await session.query<{ n: string }>(
    'SELECT count(*) AS n FROM msr.current_earliest_snapshot',
  );
  const pointer = await session.query<{ cutoff: Date | null }>(
    'SELECT cutoff_time AS cutoff FROM msr.snapshot_pointer LIMIT 1',
  );
  const quick: LiveContent = {
    relations,
    configurationKeys: new Set(configuration.keys()),
    snapshotRows: Number(snapshot.rows[0]?.n ?? 0),
    cutoff: pointer.rows[0]?.cutoff ?? null,
    events: NOT_COMPARED,
  };
  if (findDamage(manifest, quick).length > 0) return quick;
  return { ...quick, ...(await readEvents(session, tellingHours(manifest, quick.cutoff))) };
}

async function readConfiguration(session: Session): Promise<Configuration> {
  const { rows } = await session.query<{ key: string; value: string | null }>(
    'SELECT config_key AS key, value FROM msr.configuration',
  );
  return new Map(rows.map(({ key, value }) => [key, value]));
}

/** What a failure to look says of the database. @throws what says nothing of it */
function stateOfFailure(error: unknown, server: string): Finding {
  if (error instanceof DatabaseConnectionError) {
    // Nothing says that the database is lost.
    if (error.saysNothing) throw error;
    const state = error.reason === 'no-database' ? 'gone' : 'unreachable';
    return { state, ...LOST, facts: [error.message] };
  }
  const state = sqlState(error);
  if (state === SqlState.insufficientPrivilege) throw missingRights(error, server);
  if (!isDatabaseFailure(error)) throw error;
  const fact = `${server} could not be read: ${(error as Error).message}`;
  // A server that ended the session, or the connection that broke, says nothing of the content.
  const ended = state === undefined || state.startsWith('57P');
  return { state: ended ? 'unreachable' : 'damaged', ...LOST, facts: [fact] };
}

/** Nobody can tell which part of it is still sound. */
const LOST = {
  ...{ readable: false, writable: false, live: undefined },
  damaged: { ...NOTHING, others: true },
} as const;

function missingRights(cause: unknown, server: string): OperatorError {
  return new OperatorError(`${server} cannot be assessed: ${(cause as Error).message}`, {
    hint: 'use a role that may read schema msr: without looking, nobody can tell whether the database is damaged',
    cause,
  });
}
