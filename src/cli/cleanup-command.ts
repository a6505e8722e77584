import type { Command } from 'commander';
import prettyBytes from 'pretty-bytes';
import { OperatorError } from '../core/operator-error.ts';
import { dropLeftovers, findLeftovers, type Leftover } from '../recovery/cutover/cleanup.ts';
import { findUnfinished } from '../recovery/plan/unfinished.ts';
import { dropScratchesOfKilled } from '../recovery/rehearsal/scratch.ts';
import { readServers } from '../settings/settings.ts';
import { withLock } from '../vault/lock.ts';
import { tellWatch } from '../vault/lock-watch.ts';
import { agreed } from './confirm.ts';
import type { Answer, Invocation, Run } from './invocation.ts';
import { addSettingOptions, DATABASE_SETTINGS, VAULT_SETTINGS } from './setting-options.ts';
import { table } from './tables.ts';

/** `msr cleanup`: drops the databases that recoveries have put aside. */
export function addCleanupCommand(program: Command, run: Run): void {
  const command = program
    .command('cleanup')
    .argument('[databases...]', 'only these; by default all that recoveries left')
    .description('list the databases that recoveries replaced or left unfinished, and drop them')
    .option('--yes', 'do not ask')
    .action((databases: string[], options: { yes?: true }, self: Command) =>
      run(self, (invocation) => cleanupCommand(invocation, databases, options.yes === true)),
    );
  addSettingOptions(command, [...VAULT_SETTINGS, ...DATABASE_SETTINGS]);
}

async function cleanupCommand(
  invocation: Invocation,
  databases: readonly string[],
  yes: boolean,
): Promise<Answer> {
  const settings = readServers(invocation.env);
  const vault = invocation.vault();
  // Nobody is about them, and they hold nothing that is not in a backup: no question is asked.
  for (const name of await dropScratchesOfKilled(settings)) {
    invocation.progress.note(`dropped ${name}, which a rehearsal that was killed had left`);
  }
  const leftovers = chooseLeftovers(await findLeftovers(settings), databases);
  if (leftovers.length === 0) return answer(leftovers, false, 'no recovery has left a database');
  const listed = leftoverTable(leftovers);
  const untouched = 'nothing was dropped; `msr cleanup --yes` drops them';
  const question = 'Drop them for good? `msr recover --undo` needs an old one.';
  if (!(await agreed(invocation, { planned: listed, question, yes }))) {
    // Whoever was asked has seen the list already.
    return answer(leftovers, false, invocation.ask === undefined ? `${listed}\n${untouched}` : untouched);
  }
  await withLock(vault, { purpose: 'cleanup', onWatch: tellWatch(invocation.progress) }, async (lock) => {
    const unfinished = await findUnfinished(vault, settings, undefined);
    await lock.assertHeld();
    await dropLeftovers(
      settings,
      leftovers,
      new Set(unfinished === undefined ? [] : [unfinished.recoveryId]),
    );
  });
  return answer(leftovers, true, `${leftovers.length} dropped`);
}

/** @throws OperatorError where a name is none of a leftover: a typing error must not drop something else */
export function chooseLeftovers(found: readonly Leftover[], names: readonly string[]): readonly Leftover[] {
  const unknown = names.find((name) => found.every(({ database }) => database !== name));
  if (unknown !== undefined) {
    throw new OperatorError(`${unknown} is not a database that a recovery of this one has left`, {
      hint: '`msr cleanup` without names lists those that are; nothing was dropped',
    });
  }
  return names.length === 0 ? found : found.filter(({ database }) => names.includes(database));
}

function answer(leftovers: readonly Leftover[], dropped: boolean, text: string): Answer {
  return { document: { dropped, databases: leftovers }, text };
}

function leftoverTable(leftovers: readonly Leftover[]): string {
  const rows = leftovers.map(({ database, kind, bytes, recoveryId, comment }) => [
    database,
    KINDS[kind],
    prettyBytes(bytes),
    recoveryId,
    comment ?? '',
  ]);
  return table(['DATABASE', 'WHAT', 'SIZE', 'RECOVERY', 'REMARK'], rows, ['left', 'left', 'right']);
}

const KINDS: Readonly<Record<Leftover['kind'], string>> = {
  old: 'replaced by a recovery',
  new: 'built, not live',
};
