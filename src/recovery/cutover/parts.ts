import type { ConnectClient } from '../../clients/connect.ts';
import { type KafkaReader, openKafkaReader } from '../../clients/kafka/kafka-reader.ts';
import { OperatorError } from '../../core/operator-error.ts';
import { type RecoveryNames, recoveryNames } from '../../live/database-names.ts';
import { hasReached, type RecoveryState, readRecoveryState } from '../../live/phase.ts';
import { recoveryPosition } from '../../live/position.ts';
import { showBackup } from '../../manifest/catalogue.ts';
import type { Manifest } from '../../manifest/manifest.ts';
import type { SinkConfig } from '../../sink/sink-config.ts';
import type { RecoveryContext } from '../context.ts';
import { readReplayInput } from '../replay/replay-input.ts';
import { openReplayer, type Replayer } from '../replay/replayer.ts';
import { type OpenDatabase, openIfReadable, requireRecovered } from './databases.ts';
import type { Redirect } from './redirect.ts';

/** What a cutover works with, open before the sink is stopped. */
export interface CutOverParts {
  readonly names: RecoveryNames;
  /** The recovered database has the live name of its server already: its marker is the commit point. */
  readonly inPlace: boolean;
  readonly manifest: Manifest;
  readonly round: number;
  readonly recovered: OpenDatabase;
  readonly old: OpenDatabase | { readonly why: string };
  readonly replayer: Replayer;
  readonly sink: SinkConfig;
  readonly reader: KafkaReader;
  /** The recovered database is on another server. */
  readonly redirect?: Redirect;
  /** Harmless where the cutover has ended the sessions already. */
  close(): Promise<void>;
}

/** @throws OperatorError where the recovered database is not there, or not as far as to be cut over to */
export async function openParts(
  ctx: RecoveryContext,
  connect: ConnectClient,
  redirect?: Redirect,
): Promise<CutOverParts> {
  const names = await presentNames(ctx);
  const recovered = await requireRecovered(ctx.settings, names.recovered, `cut over ${ctx.recoveryId}`);
  const opened: { close(): Promise<void> }[] = [sessionCloser(recovered)];
  const close = async (): Promise<void> => {
    for (const part of opened.reverse()) await part.close();
  };
  try {
    const state = requireRebuilt(await readRecoveryState(recovered.session), ctx.recoveryId, names);
    const manifest = await showBackup(ctx.vault, state.backupId);
    const input = await readReplayInput(ctx, connect, manifest);
    // After locateLive its URL names it on whichever server it is.
    const purpose = `copy from old ${ctx.recoveryId}`;
    const restoring = redirect === undefined ? 'off' : undefined;
    const old = await openIfReadable(ctx.settings.databaseUrl, purpose, restoring);
    if (!('why' in old)) opened.push(sessionCloser(old));
    const reader = await openKafkaReader(ctx.settings.kafka);
    opened.push(reader);
    const replayer = await openReplayer(ctx, { targetUrl: recovered.url, ...input });
    opened.push(replayer);
    const { sink } = input;
    const { round, inPlace } = state;
    const more = redirect === undefined ? {} : { redirect };
    return { names, inPlace, manifest, round, recovered, old, replayer, sink, reader, close, ...more };
  } catch (error) {
    await close();
    throw error;
  }
}

/** One that is recovered in place has no name of its own. */
async function presentNames({ settings, recoveryId }: RecoveryContext): Promise<RecoveryNames> {
  const names = recoveryNames(settings, recoveryId);
  const position = await recoveryPosition(settings, recoveryId);
  return position.kind === 'beside' ? { ...names, recovered: position.database } : names;
}

function sessionCloser({ session }: OpenDatabase): { close(): Promise<void> } {
  return { close: () => session.end().catch(() => {}) };
}

function requireRebuilt(
  state: RecoveryState | undefined,
  recoveryId: string,
  names: RecoveryNames,
): RecoveryState {
  if (state?.recoveryId !== recoveryId || !hasReached(state.phase, 'rebuilt')) {
    throw new OperatorError(
      `${names.recovered} is ${state === undefined ? 'not restored' : state.phase}, not rebuilt yet`,
      { hint: 'run `msr recover` again: it goes on where it stopped' },
    );
  }
  if (state.phase !== 'live') return state;
  // The sink has written to it since: what was replayed is no longer all that it holds.
  throw new OperatorError(`${names.recovered} has been live, and was put aside by an undo`, {
    hint: 'run a new recovery, or `msr recover --redo` to take this one back',
  });
}
