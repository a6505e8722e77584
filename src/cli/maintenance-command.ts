import { type Command, InvalidArgumentError } from 'commander';
import { LONGEST_QUIET_HOURS, type Maintenance } from '../health/quiet.ts';
import { writeJson } from '../vault/json-documents.ts';
import { VaultPath } from '../vault/vault.ts';
import type { Answer, Invocation, Run } from './invocation.ts';
import { addSettingOptions, VAULT_SETTINGS } from './setting-options.ts';

interface AnnounceOptions {
  /** Minutes. */
  readonly for: number;
  readonly why: string;
}

/** `msr maintenance`: holds the pages of database, sink and snapshot back while somebody works on them. */
export function addMaintenanceCommands(program: Command, run: Run): void {
  const maintenance = program
    .command('maintenance')
    .description('hold some pages back while somebody works on database or sink');
  const announce = maintenance
    .command('announce')
    .description(`from now on, for ${LONGEST_QUIET_HOURS} hours at the longest; a later one takes its place`)
    .requiredOption('--for <time>', '90m or 2h', minutesOf)
    .requiredOption('--why <text>', 'what is done, and by whom: on-call reads it')
    .action((options: AnnounceOptions, self: Command) =>
      run(self, (invocation) => announceMaintenance(invocation, options)),
    );
  const end = maintenance
    .command('end')
    .description('pages are told again from the next health run on')
    .action((_: unknown, self: Command) => run(self, endMaintenance));
  for (const command of [announce, end]) addSettingOptions(command, VAULT_SETTINGS);
}

/** @throws InvalidArgumentError, which names what was typed */
function minutesOf(text: string): number {
  const [, count, unit] = /^(\d+)(m|h)$/.exec(text) ?? [];
  const minutes = Number(count) * (unit === 'h' ? 60 : 1);
  if (minutes >= 1 && minutes <= LONGEST_QUIET_HOURS * 60) return minutes;
  throw new InvalidArgumentError(`expected minutes or hours as 90m or 2h, up to ${LONGEST_QUIET_HOURS}h`);
}

async function announceMaintenance(
  invocation: Invocation,
  { for: minutes, why }: AnnounceOptions,
): Promise<Answer> {
  const from = new Date();
  const until = new Date(from.getTime() + minutes * 60_000);
  const announced: Maintenance = {
    version: 1,
    from: from.toISOString(),
    until: until.toISOString(),
    why,
  };
  await writeJson(invocation.vault(), VaultPath.announcedMaintenance, announced);
  return {
    document: announced,
    text: `announced until ${announced.until}: the next health run holds the pages of database, sink and snapshot back`,
  };
}

async function endMaintenance(invocation: Invocation): Promise<Answer> {
  const vault = invocation.vault();
  const was = (await vault.readDocument(VaultPath.announcedMaintenance)) !== undefined;
  await vault.deleteDocument(VaultPath.announcedMaintenance);
  return {
    document: { ended: was },
    text: was ? 'ended: the next health run tells again' : 'nothing was announced',
  };
}
