import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { refetchSecret } from '../clients/secrets.ts';
import type { Environment } from '../core/environment.ts';
import { describeError, OperatorError } from '../core/operator-error.ts';
import { openEnvironment } from '../settings/edge-environment.ts';
import { readSettings } from '../settings/settings.ts';
import { sinkConnect } from '../sink/sink-connect.ts';
import { writeJson } from '../vault/json-documents.ts';
import { openVault } from '../vault/open-vault.ts';
import { type Vault, VaultPath } from '../vault/vault.ts';
import { deleteFreeze, type FreezeRecord, readFreeze } from './freeze-record.ts';
import { describeOutcome, type ResumeDeps, resumeSink } from './resume.ts';

/** What the guardian says when it watches; anything else that it says is why it cannot. */
export const GUARDIAN_READY = 'ready';
/** What it is told when it is needed no more. */
export const GUARDIAN_DISARM = 'disarm';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;

/**
 * Reads like an interrupt for the whole terminal, or an orderly shutdown: the very moments it is there for.
 */
const IGNORED_SIGNALS = ['SIGINT', 'SIGHUP', 'SIGTERM'] as const;

/** The hidden command of the bundle: `msr guardian <connector>`. */
export const GUARDIAN_COMMAND = 'guardian';

/** The guardian as a process. @param args the connector */
export async function guardianMain(args: readonly string[]): Promise<void> {
  try {
    await runGuardian({
      env: process.env,
      connector: args[0] ?? '',
      watched: process.stdin,
      answer: (line) => void process.stdout.write(`${line}\n`),
    });
    process.exitCode = 0;
  } catch (error) {
    console.error(describeError(error));
    process.exitCode = 1;
  }
  // The pipe that it read would keep the process alive after a disarm.
  process.exit();
}

export interface GuardianInput {
  readonly env: Environment;
  readonly connector: string;
  /** Ends when the watched process does, however it dies: the kernel closes the other end of the pipe. */
  readonly watched: Readable;
  /** Tells the watched process how the start went. */
  readonly answer: (line: string) => void;
}

/**
 * The guardian's whole life; detached-guardian.ts starts it.
 * @returns when it was disarmed, or when the sink runs and the record is deleted
 */
export async function runGuardian(input: GuardianInput): Promise<void> {
  for (const signal of IGNORED_SIGNALS) process.on(signal, () => {});
  const log: string[] = [];
  const deps = await openDeps(input.env, log);
  const freeze = await readFreeze(deps.vault, input.connector);
  if (freeze === undefined) {
    throw new OperatorError(`there is no freeze record of ${input.connector} to guard`, {
      hint: 'the guardian is started by msr itself, never by hand',
    });
  }
  input.answer(GUARDIAN_READY);
  if ((await endOfWatch(input.watched)) === 'disarmed') return;
  deps.progress.note(`process ${freeze.record.process.pid} ended while ${input.connector} was frozen`);
  await resumeUntilRunning(input.env, deps, freeze.record, log);
}

async function openDeps(env: Environment, log: string[]): Promise<ResumeDeps> {
  const settings = readSettings(await openEnvironment(env));
  const vault = openVault(settings.vaultUrl);
  return {
    settings,
    vault,
    connect: sinkConnect({ settings, vault }),
    progress: {
      note: (message) => void log.push(`${new Date().toISOString()} ${message}`),
      update: () => {},
    },
  };
}

/**
 * A password may be rotated in the hours that a guardian tries. What it has will do
 * where that cannot be seen.
 */
async function withFreshDeps(env: Environment, deps: ResumeDeps, log: string[]): Promise<ResumeDeps> {
  const changed = await refetchSecret(env).catch(() => false);
  return changed ? await openDeps(env, log).catch(() => deps) : deps;
}

async function endOfWatch(watched: Readable): Promise<'disarmed' | 'orphaned'> {
  watched.on('error', () => {});
  for await (const line of createInterface({ input: watched })) {
    if (line === GUARDIAN_DISARM) return 'disarmed';
  }
  return 'orphaned';
}

async function resumeUntilRunning(
  env: Environment,
  opened: ResumeDeps,
  { id, connector }: FreezeRecord,
  log: string[],
): Promise<void> {
  let deps = opened;
  // Without end: whatever keeps it for days is mended some day, and nobody thinks of the sink then.
  for (let wait = FIRST_RETRY_MS; ; wait = Math.min(wait * 2, LONGEST_RETRY_MS)) {
    try {
      // What it says may have grown after the arming; a record that is gone or
      // another's is nobody's worry here.
      const present = await readFreeze(deps.vault, connector);
      if (present?.record.id !== id) return;
      const outcome = await resumeSink(deps, present.record);
      deps.progress.note(`${connector} ${describeOutcome(outcome, present.record)}`);
      await writeLog(deps.vault, connector, log);
      await deleteFreeze(deps.vault, present.record);
      return;
    } catch (error) {
      noteNews(log, deps.progress.note, describeError(error));
      await writeLog(deps.vault, connector, log);
      await sleep(wait);
      deps = await withFreshDeps(env, deps, log);
    }
  }
}

/** A fault that lasts for days is told once. */
function noteNews(log: readonly string[], note: (message: string) => void, message: string): void {
  if (log.at(-1)?.endsWith(message) !== true) note(message);
}

/** Keeps the beginning and the end: they say enough of a guardian that failed for hours. */
async function writeLog(vault: Vault, connector: string, log: readonly string[]): Promise<void> {
  const shown = log.length <= 200 ? log : [...log.slice(0, 100), '…', ...log.slice(-100)];
  // The vault may be what fails: resuming the sink does not need the log.
  await writeJson(vault, VaultPath.guardianLog(connector), { log: shown }).catch(() => {});
}
