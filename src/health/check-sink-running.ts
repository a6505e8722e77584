import { connectClient } from '../clients/connect.ts';
import { openKafkaReader } from '../clients/kafka/kafka-reader.ts';
import { look, seenOf } from '../doctor/look.ts';
import type { ConnectFacts } from '../doctor/look-at-connect.ts';
import { sinkFound } from '../freeze/sink-control.ts';
import { withUncommitted } from '../recovery/cutover/frozen-position.ts';
import { given, type HealthContext } from './health-context.ts';
import { judgeSinkRunning } from './judge-sink-running.ts';
import type { Judgement } from './judgement.ts';
import { findPoison, lookForPoison, type PoisonAt, type PoisonLook, poisonInTrace } from './poison-record.ts';
import { decideRemedy } from './remedy.ts';

/**
 * Sink and sources; of a sink that FAILED the record that is to blame, and a restart where that is allowed.
 */
export async function checkSinkRunning(ctx: HealthContext, signal: AbortSignal): Promise<Judgement> {
  // The record stands before a STOP and goes after the RESUME.
  const freeze = await ctx.looks.freeze();
  const [connect, sources] = await Promise.all([look(ctx.looks.connect), look(ctx.looks.sources)]);
  const judged = judgeSinkRunning({ connect, sources, freeze }, ctx);
  const facts = seenOf(connect);
  const status = seenOf(facts?.status);
  if (facts === undefined || status === undefined || sinkFound(status) !== 'FAILED') return judged;
  const poison = await poisonOf(ctx, facts, signal);
  const { connector } = facts;
  const remedy = decideRemedy({
    ...{ allowed: given(ctx.health).restartsTasks, frozen: freeze !== undefined, poison, connector },
    ...{ before: ctx.latest?.restarted, now: ctx.now },
  });
  const [fact, ...more] = judged.evidence;
  if (!remedy.restart) {
    return remedy.why === undefined ? judged : { ...judged, evidence: [fact, remedy.why, ...more] };
  }
  await connectClient(given(ctx.settings.connect).connect).restartFailed(connector);
  const at = ctx.now.toISOString();
  const told = `msr has restarted what FAILED of ${connector} at ${at}`;
  return {
    ...judged,
    // Somebody reads it in the morning; the next run pages if it has FAILED again.
    severity: 'ticket',
    evidence: [fact, told, ...more],
    done: [told],
    keep: {
      restarted: {
        connector,
        at,
        trace: status.tasks.find(({ trace }) => trace)?.trace?.slice(0, 2000) ?? '',
      },
    },
  };
}

async function poisonOf(ctx: HealthContext, facts: ConnectFacts, signal: AbortSignal): Promise<PoisonLook> {
  return await lookForPoison(async () => {
    const traces = seenOf(facts.status)?.tasks.flatMap(({ trace }) => trace ?? []) ?? [];
    const named = traces.flatMap((trace) => poisonInTrace(trace) ?? [])[0];
    return named ?? (await searchLog(ctx, facts, signal));
  });
}

async function searchLog(
  ctx: HealthContext,
  facts: ConnectFacts,
  signal: AbortSignal,
): Promise<PoisonAt | undefined> {
  const sink = given(facts.sink);
  const log = await ctx.looks.log();
  const [ends, committed] = [given(log.ends), given(log.committed)];
  const until = sink.isolation === 'read_committed' ? ends.stable : ends.end;
  const from = withUncommitted(committed, ends.start, sink.offsetReset === 'latest' ? until : ends.start);
  const reader = await openKafkaReader(given(ctx.settings.kafka));
  try {
    return await findPoison(reader, sink, { from, until }, signal);
  } finally {
    await reader.close();
  }
}
