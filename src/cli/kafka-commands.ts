import { type Command, Option } from 'commander';
import { type KafkaAdmin, withKafkaAdmin } from '../clients/kafka/kafka-admin.ts';
import { planReset, type ResetMove } from '../consumer-groups/plan-reset.ts';
import { behind, describeGroup, type GroupDescription } from '../consumer-groups/positions.ts';
import { resetGroup } from '../consumer-groups/reset-group.ts';
import { type ResetWish, resetTarget } from '../consumer-groups/reset-target.ts';
import { OperatorError } from '../core/operator-error.ts';
import { readFreeze } from '../freeze/freeze-record.ts';
import { readGroupSettings, readKafkaSettings } from '../settings/settings.ts';
import { withLock } from '../vault/lock.ts';
import { tellWatch } from '../vault/lock-watch.ts';
import type { Vault } from '../vault/vault.ts';
import { agreed } from './confirm.ts';
import type { Answer, Invocation, Run } from './invocation.ts';
import { addSettingOptions, KAFKA_SETTINGS } from './setting-options.ts';
import { table } from './tables.ts';

interface ResetFlags extends ResetWish {
  readonly topic?: readonly string[];
  readonly dryRun?: true;
  readonly yes?: true;
}

/** `msr kafka`: consumer groups listed, described, and set to another place. */
export function addKafkaCommands(program: Command, run: Run): void {
  const kafka = program
    .command('kafka')
    .description('consumer groups: list, describe, reset')
    .helpCommand(false);
  const groups = kafka
    .command('groups')
    .description('list the consumer groups, each with its state')
    .action((_: unknown, self: Command) => run(self, groupsCommand));
  addSettingOptions(groups, KAFKA_SETTINGS);
  const describe = kafka
    .command('describe')
    .argument('[group]', 'by default the one of the sink')
    .description('where a group stands in every partition, and what is left to read')
    .action((group: string | undefined, _: unknown, self: Command) =>
      run(self, (invocation) => describeCommand(invocation, group)),
    );
  addSettingOptions(describe, [...KAFKA_SETTINGS, 'MSR_SINK_CONNECTOR']);
  addResetCommand(kafka, run);
}

function addResetCommand(kafka: Command, run: Run): void {
  const command = kafka
    .command('reset')
    .argument('[group]', 'by default the one of the sink')
    .description('set where a group without members reads on; says what it would do first, and asks')
    .option('--to-earliest', 'the first record that Kafka still holds')
    .option('--to-latest', 'the end: what is not read yet is skipped')
    .option('--to-time <time>', 'the first record that Kafka stamped with this time or a later one')
    .option('--to-offset <topic-partition=offset...>', 'these partitions, and no others')
    .option('--to-kept <id>', 'where an earlier reset found it')
    .option('--topic <name...>', 'only these topics (default: those that the group has committed in)')
    .addOption(new Option('--dry-run', 'say what it would do, and do nothing').conflicts('yes'))
    .option('--yes', 'do not ask')
    .action((group: string | undefined, flags: ResetFlags, self: Command) =>
      run(self, (invocation) => resetCommand(invocation, group, flags)),
    );
  addSettingOptions(command, [...KAFKA_SETTINGS, 'MSR_SINK_CONNECTOR', 'MSR_VAULT_URL']);
}

async function groupsCommand({ env }: Invocation): Promise<Answer> {
  return await withKafkaAdmin(readKafkaSettings(env), async (admin) => {
    const names = await admin.listGroups();
    const groups = await Promise.all(
      names.map(async (group) => ({ group, state: await stateOf(admin, group) })),
    );
    const rows = groups.map(({ group, state }) => [group, state]);
    return {
      document: { groups },
      text: rows.length === 0 ? 'Kafka knows no consumer group' : table(['GROUP', 'STATE'], rows),
    };
  });
}

/** One group that cannot be described, as those of the new protocol, hides no other. */
async function stateOf(admin: KafkaAdmin, group: string): Promise<string> {
  try {
    return await admin.groupState(group);
  } catch (error) {
    if (error instanceof OperatorError) return `cannot be seen: ${error.message}`;
    throw error;
  }
}

async function describeCommand({ env }: Invocation, named: string | undefined): Promise<Answer> {
  const { kafka, sinkConnector } = readGroupSettings(env);
  const group = named ?? groupOfSink(sinkConnector);
  const described = await withKafkaAdmin(kafka, (admin) => describeGroup(admin, group));
  return { document: described, text: describeText(described) };
}

async function resetCommand(
  invocation: Invocation,
  named: string | undefined,
  { topic, dryRun, yes, toEarliest, toLatest, toTime, toOffset, toKept }: ResetFlags,
): Promise<Answer> {
  const { kafka, sinkConnector } = readGroupSettings(invocation.env);
  const vault = invocation.vault();
  const group = named ?? groupOfSink(sinkConnector);
  return await withKafkaAdmin(kafka, async (admin) => {
    const described = await describeGroup(admin, group, topic);
    const topics = topic ?? [...new Set(described.positions.map((position) => position.topic))];
    const wish = { toEarliest, toLatest, toTime, toOffset, toKept };
    const target = await resetTarget(admin, vault, { group, topics, wish });
    const moves = planReset(described, target, new Date());
    if (moves.length === 0) return resetAnswer(group, moves, `group ${group} stands there already`);
    const plan = movesText(group, moves);
    const question = 'Set these offsets?';
    if (dryRun === true || !(await agreed(invocation, { planned: plan, question, yes: yes === true }))) {
      return resetAnswer(group, moves, `${plan}\nnothing was changed; \`--yes\` sets the offsets`);
    }
    const kept = await withLock(
      vault,
      { purpose: 'reset', onWatch: tellWatch(invocation.progress) },
      async (lock) => {
        await requireThawed(vault, sinkConnector);
        await lock.assertHeld();
        return await resetGroup(admin, vault, group, moves);
      },
    );
    const back = `those from before are kept: \`msr kafka reset ${group} --to-kept ${kept.id}\``;
    return resetAnswer(group, moves, `${moves.length} offsets of group ${group} set; ${back}`, kept.id);
  });
}

/** Connect's own rule; a connector with consumer.override.group.id is named by its group. */
function groupOfSink(connector: string): string {
  return `connect-${connector}`;
}

/** Whoever ends a freeze sets the sink's offsets himself: a reset before that would not last, or be lost. */
async function requireThawed(vault: Vault, connector: string): Promise<void> {
  const frozen = await readFreeze(vault, connector);
  if (frozen === undefined) return;
  const { purpose, owner } = frozen.record;
  throw new OperatorError(`the sink ${connector} is frozen for the ${purpose} ${owner}`, {
    hint: 'wait until it runs again; `msr doctor` says what holds it',
  });
}

function resetAnswer(group: string, moves: readonly ResetMove[], text: string, keptId?: string): Answer {
  return { document: { group, changed: keptId !== undefined, moves, keptId: keptId ?? null }, text };
}

function describeText(described: GroupDescription): string {
  const { group, state, positions } = described;
  const rows = positions.map((position) => [
    position.topic,
    String(position.partition),
    position.committed === undefined ? 'none' : String(position.committed),
    String(position.start),
    String(position.end),
    String(behind(position) ?? 'unknown'),
  ]);
  const head = ['TOPIC', 'PARTITION', 'COMMITTED', 'LOG START', 'LOG END', 'BEHIND'];
  const lines = positions.length === 0 ? 'it has committed no offset' : table(head, rows, ['left', ...RIGHT]);
  return `group ${group} is ${state}\n${lines}`;
}

function movesText(group: string, moves: readonly ResetMove[]): string {
  const rows = moves.map(({ topic, partition, from, to, readAgain, skipped }) => [
    topic,
    String(partition),
    from === undefined ? 'none' : String(from),
    String(to),
    String(readAgain),
    String(skipped),
  ]);
  const head = ['TOPIC', 'PARTITION', 'FROM', 'TO', 'READ AGAIN', 'SKIPPED'];
  return `${table(head, rows, ['left', ...RIGHT])}\n${meaning(group, moves)}`;
}

/** What it means for a database that a sink writes: its rows have no key that would reject a second one. */
function meaning(group: string, moves: readonly ResetMove[]): string {
  const again = sum(moves, ({ readAgain }) => readAgain);
  const skipped = sum(moves, ({ skipped }) => skipped);
  return [
    `up to ${again} records are read again, and up to ${skipped} are skipped.`,
    `If ${group} is the sink's and its database has these rows, reading again DOUBLES them, and skipping loses them:`,
    'a recovery (`msr recover`) sets exactly the offsets that belong to what it restored.',
  ].join('\n');
}

function sum(moves: readonly ResetMove[], of: (move: ResetMove) => number): number {
  return moves.reduce((total, move) => total + of(move), 0);
}

const RIGHT = ['right', 'right', 'right', 'right', 'right'] as const;
