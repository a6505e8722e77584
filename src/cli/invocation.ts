import type { Command } from 'commander';
import type { Environment } from '../core/environment.ts';
import { ExitCode } from '../core/operator-error.ts';
import type { Progress } from '../core/progress.ts';
import { redact } from '../core/redact.ts';
import { openEnvironment } from '../settings/edge-environment.ts';
import { readVaultSettings, SETTING_NAMES, settingFlag } from '../settings/settings.ts';
import { openVault } from '../vault/open-vault.ts';
import type { Vault } from '../vault/vault.ts';
import type { CommandIo } from './io.ts';
import { lineScreen, type ShownProgress, shownProgress, terminalScreen } from './progress-output.ts';

/** One run of one command: what it may read and where it reports. */
export interface Invocation {
  /** The environment with the flags written over it, and what the instance's secret holds. */
  readonly env: Environment;
  /** The environment without the secret, for processes that read it themselves. */
  readonly given: Environment;
  readonly json: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly ask: CommandIo['ask'];
  /** @throws OperatorError where MSR_VAULT_URL is missing or names no vault */
  vault(): Vault;
}

/** What a command answers: one document for machines, one text for people, and how it ended. */
export interface Answer {
  readonly document: unknown;
  readonly text: string;
  /** Where it did not end well: the line on standard error that says so. */
  readonly failure?: string;
  /** @default ExitCode.ok */
  readonly exitCode?: ExitCode;
}

/** Runs what a command does, prints its answer and keeps its exit code: the body of every action. */
export type Run = (command: Command, handler: (invocation: Invocation) => Promise<Answer>) => Promise<void>;

/** Runs a handler with its progress shown, and prints its answer. */
export async function invoke(
  io: CommandIo,
  command: Command,
  handler: (invocation: Invocation) => Promise<Answer>,
): Promise<ExitCode> {
  const options = command.opts<Record<string, unknown>>();
  const json = options['json'] === true;
  // Standard output belongs to the document; the progress goes to standard error, whoever reads it.
  const progress = peoplesProgress(io);
  try {
    const given = flagsOver(io.env, options);
    const env = await openEnvironment(given);
    const answer = await handler({
      env,
      given,
      json,
      progress,
      signal: io.signal,
      ask: json ? undefined : io.ask,
      vault: () => openVault(readVaultSettings(env).vaultUrl),
    });
    progress.close();
    if (json) io.stdout.write(`${JSON.stringify(answer.document, null, 2)}\n`);
    else printForPeople(io, answer);
    return answer.exitCode ?? ExitCode.ok;
  } finally {
    progress.close();
  }
}

function printForPeople({ stdout, stderr }: CommandIo, { text, failure }: Answer): void {
  if (text !== '') stdout.write(`${text}\n`);
  if (failure !== undefined) stderr.write(redact(`msr: ${failure}\n`));
}

function peoplesProgress({ stderr }: CommandIo): ShownProgress {
  // A pseudo-terminal without a size (some container and CI consoles) cannot be drawn on.
  const isScreen = 'isTTY' in stderr && stderr.isTTY && stderr.columns > 0;
  const screen = isScreen ? terminalScreen(stderr) : lineScreen(stderr);
  return shownProgress(screen);
}

/** A flag wins over its variable. */
export function flagsOver(env: Environment, options: Readonly<Record<string, unknown>>): Environment {
  const given = SETTING_NAMES.flatMap((variable) => {
    const value = options[optionKey(variable)];
    if (value === undefined) return [];
    return [[variable, String(value)] as const];
  });
  return { ...env, ...Object.fromEntries(given) };
}

/** The name that commander gives a long flag: `--vault-url` → `vaultUrl`. */
function optionKey(variable: string): string {
  return settingFlag(variable)
    .slice(2)
    .replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
