import type { BedHandle } from '../bed/bed.ts';
import type { Msr } from '../bed/msr.ts';
import { sinkStatus } from '../bed/sink.ts';
import { waitFor } from '../bed/wait.ts';
import { endsOf, forgetRecords } from '../recovery/lost/forget-records.ts';
import { waitForSink } from './drill-steps.ts';
import { dropDatabase } from './live-database.ts';
import { proveByNumbers } from './proof.ts';
import { EVERYTHING_BACK, type Place, type Struck } from './struck.ts';

/** What the command line is told of the other zone. */
export function zonesOf(peer: Msr): Record<string, string> {
  return {
    MSR_ZONES: JSON.stringify({ 'az-b': { url: peer.url('backup'), sinkConnector: peer.connector } }),
  };
}

/**
 * The database, and with it what came after the last backup: retention has eaten it. The other zone has
 * it all.
 */
export async function loseStrandedDatabase({ bed, msr, producer, peer }: Place): Promise<Struck> {
  if (peer === undefined) throw new Error('the drill has no other zone');
  const ends = await endsOf(bed, msr.topics);
  const last = await producer.settle();
  await waitFor(
    `the other zone to hold the events 1 to ${last}`,
    async () => (await heldThrough(peer, last)) >= last,
  );
  await forgetRecords(bed, ends);
  await dropDatabase(msr);
  const forgotten = ends.reduce(
    (sum, { partitions }) => sum + partitions.reduce((n, each) => n + Number(each.offset), 0),
    0,
  );
  return {
    ...EVERYTHING_BACK,
    said: `Kafka has forgotten its first ${forgotten} records, those after the backup among them, and database ${msr.database} is dropped`,
    procedure: 'zone',
    faults: (when, lastNumber) =>
      when === 'recovered' ? faultsOfPeer(bed, peer, lastNumber) : Promise.resolve([]),
  };
}

async function heldThrough(msr: Msr, last: number): Promise<number> {
  const { rows } = await msr.query('api', (client) =>
    client.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM msr.cdc_event WHERE (entity_state ->> 'n')::bigint <= $1`,
      [last],
    ),
  );
  return rows[0]?.n ?? 0;
}

async function faultsOfPeer(bed: BedHandle, peer: Msr, lastNumber: number): Promise<string[]> {
  await waitForSink(peer, lastNumber);
  const { lost, doubled, unknown } = await proveByNumbers(peer, { lastNumber, predictedThrough: 0 });
  const { connector } = await sinkStatus(bed.connectUrl, peer.connector);
  return [
    lost + doubled + unknown === 0
      ? []
      : [`in the other zone ${lost} events are lost, ${doubled} doubled, ${unknown} nobody's`],
    connector.state === 'RUNNING' ? [] : [`the other zone's sink is ${connector.state}`],
  ].flat();
}
