import { type KafkaAdmin, openKafkaAdmin } from '../clients/kafka/kafka-admin.ts';
import type { FreezeDeps } from '../freeze/freeze.ts';
import { recoverStaleFreeze } from '../freeze/stale-freeze.ts';
import { sinkConnect } from '../sink/sink-connect.ts';
import type { RecoveryContext } from './context.ts';

/** What a step of a recovery freezes the sink with. */
export type StepFreezeDeps = FreezeDeps & { readonly kafkaAdmin: KafkaAdmin };

/**
 * Opens them, ends what an earlier process has left frozen or fenced, and closes them after the work.
 * @param ctx its settings name the live database where it is
 * @throws as recoverStaleFreeze
 */
export async function withFreezeDeps<T>(
  ctx: Pick<RecoveryContext, 'settings' | 'vault' | 'progress'>,
  work: (deps: StepFreezeDeps) => Promise<T>,
): Promise<T> {
  const { settings, vault, progress } = ctx;
  const kafkaAdmin = await openKafkaAdmin(settings.kafka);
  const deps = { settings, vault, progress, kafkaAdmin, connect: sinkConnect(ctx) };
  try {
    await recoverStaleFreeze(deps, settings.sinkConnector);
    return await work(deps);
  } finally {
    await kafkaAdmin.close();
  }
}
