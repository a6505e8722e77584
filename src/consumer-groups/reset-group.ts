import type { KafkaAdmin } from '../clients/kafka/kafka-admin.ts';
import { indexOffsets, type Offsets, partitionKey } from '../core/offsets.ts';
import { OperatorError } from '../core/operator-error.ts';
import type { Vault } from '../vault/vault.ts';
import { type KeptOffsets, keepOffsets } from './kept-offsets.ts';
import type { ResetMove } from './plan-reset.ts';

/**
 * Carries out what planReset planned: keeps the offsets from before, sets the new ones, and reads them back.
 * @throws OperatorError where the group has moved since the plan, or does not stand where it was set;
 *   KafkaAdminError where the brokers refuse, as they do while it has members
 */
export async function resetGroup(
  admin: KafkaAdmin,
  vault: Vault,
  group: string,
  moves: readonly ResetMove[],
): Promise<KeptOffsets> {
  const before = await admin.groupCommits(group);
  requireUnmoved(group, before, moves);
  const kept = await keepOffsets(vault, group, before, new Date());
  await admin.setGroupOffsets(
    group,
    moves.map(({ topic, partition, to }) => ({ topic, partition, offset: to })),
  );
  const after = indexOffsets(await admin.groupCommits(group));
  const wrong = moves.find((move) => after.get(partitionKey(move)) !== move.to);
  if (wrong !== undefined) {
    throw new OperatorError(
      `group ${group} stands at ${after.get(partitionKey(wrong))} in ${partitionKey(wrong)} and not at ${wrong.to}`,
      { hint: `somebody else sets its offsets, too; those from before are kept: \`--to-kept ${kept.id}\`` },
    );
  }
  return kept;
}

function requireUnmoved(group: string, commits: Offsets, moves: readonly ResetMove[]): void {
  const present = indexOffsets(commits);
  const moved = moves.find((move) => present.get(partitionKey(move)) !== move.from);
  if (moved === undefined) return;
  throw new OperatorError(
    `group ${group} has moved in ${partitionKey(moved)} since the plan: from ${moved.from} to ${present.get(partitionKey(moved))}`,
    { hint: 'nothing was changed; stop whatever reads with it, and run the command again' },
  );
}
