import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { connectClient } from '../../src/clients/connect.ts';
import { indexOffsets, type Offsets, partitionKey } from '../../src/core/offsets.ts';
import { noticeText } from '../../src/paging/notice.ts';
import { type BedHandle, connectToBed, type Msr, type MsrOptions } from '../bed/bed.ts';
import { history } from '../bed/events.ts';
import { type Forwarder, startForwarder } from '../bed/forwarder.ts';
import { withAdmin } from '../bed/kafka.ts';
import { restartSink, waitForRunningSink } from '../bed/sink.ts';
import { waitFor } from '../bed/wait.ts';
import { runCli } from '../cli/run-cli.ts';
import { needing, OnCall, PERIOD } from './on-call.ts';

/** What a bed never has: a second broker for the replicas, and a drill. Both are told once, at first. */
export const STANDING = ['retention-matrix ticket', 'drill-fresh ticket'];

/** Until a page that may be held back is told: its suppressor rings by then, if it does. */
const WAIT = 2;

type Change = Readonly<Record<string, string>>;

/** A failure that is caused, and mended. */
export interface Failure {
  /** What makes it fail; @default what `during` changes does */
  readonly cause?: () => Promise<unknown>;
  readonly mend?: () => Promise<unknown>;
  /** What differs in the settings of the runs while it lasts. */
  readonly during?: Change;
  /** What is told: `page health-database`. */
  readonly told: string;
  /** Checks that need somebody meanwhile, as `sink-running page`. */
  readonly needing: readonly string[];
  /** In what the status page says of it. */
  readonly because: RegExp;
  /** In what PagerDuty, Slack and mail say. @default the same: the page is of the run that is shown */
  readonly paged?: RegExp;
  /** The status page's first line meanwhile. @default yes, losing nothing */
  readonly answer?: RegExp;
  /** What differs in the settings of every run. */
  readonly always?: Change;
  /** Runs until it is told, of which the first meets it at once. @default 2 */
  readonly looks?: 1 | 2 | 3;
  /** Between two runs that see it. */
  readonly between?: () => Promise<unknown>;
}

/** An MSR with events and a backup, somebody who is on call for it, and a server that can be stopped. */
export class WatchedMsr {
  readonly msr: Msr;
  readonly env: Record<string, string>;
  readonly onCall: OnCall;
  readonly server: Forwarder;
  readonly directory: string;
  readonly #bed: BedHandle;
  #produced = 0;

  private constructor(
    bed: BedHandle,
    { msr, server, directory }: Pick<WatchedMsr, 'msr' | 'server' | 'directory'>,
  ) {
    this.#bed = bed;
    this.msr = msr;
    this.server = server;
    this.directory = directory;
    this.env = msr.env(directory);
    this.onCall = new OnCall(this.env);
  }

  static async create(bed: BedHandle, options: MsrOptions): Promise<WatchedMsr> {
    const directory = await mkdtemp(join(tmpdir(), `msr-${options.name}-`));
    const adminUrl = new URL(bed.adminUrl);
    const server = await startForwarder(Number(adminUrl.port));
    adminUrl.port = String(server.port);
    const msr = await connectToBed({ ...bed, adminUrl: adminUrl.href }).createMsr(options);
    const watched = new WatchedMsr(bed, { msr, server, directory });
    await msr.query('admin', (admin) =>
      admin.query('UPDATE msr.snapshot_pointer SET last_refresh = now(), cutoff_time = now()'),
    );
    await watched.send(200);
    await watched.written();
    await watched.backup();
    return watched;
  }

  async drop(): Promise<void> {
    await this.msr.drop();
    await this.server.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Events of the last ten minutes. */
  async send(count: number, topics = this.msr.topics): Promise<void> {
    const to = new Date();
    const from = new Date(to.getTime() - 600_000);
    await this.msr.produce(history({ seed: this.#produced + 1, count, topics, from, to }));
    this.#produced += count;
  }

  /** That came into Kafka by others. */
  alsoProduced(count: number): void {
    this.#produced += count;
  }

  /** The same, with another directory for its vault. */
  in(directory: string): WatchedMsr {
    return new WatchedMsr(this.#bed, { ...this, directory });
  }

  /** Returns when everything is in the database, and the sink has said so. */
  async written(): Promise<void> {
    await this.msr.waitForEvents(this.#produced);
    const ends = await this.#ends();
    await this.restartSink((committed) => {
      const at = indexOffsets(committed);
      return ends.every((end) => end.offset === 0 || at.get(partitionKey(end)) === end.offset);
    });
  }

  /** Restarts the sink, and returns when it runs again and stands where `isThere` wants it. */
  async restartSink(isThere: (committed: Offsets) => boolean): Promise<void> {
    const { connector } = this.msr;
    await restartSink(this.#bed.connectUrl, connector);
    await waitFor('the sink to commit', async () => isThere(await this.committed()));
    await waitForRunningSink(this.#bed.connectUrl, connector);
  }

  async committed(): Promise<Offsets> {
    return await connectClient({ url: this.#bed.connectUrl }).offsets(this.msr.connector);
  }

  async #ends(): Promise<Offsets> {
    return await withAdmin(this.#bed.brokers, async (admin) => {
      const all = this.msr.topics.map(async (topic) =>
        (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => ({
          ...{ topic, partition, offset: Number(high) },
        })),
      );
      return (await Promise.all(all)).flat();
    });
  }

  async backup(): Promise<void> {
    const { exitCode, stderr } = await runCli(['backup', '--json', '--no-rehearsal'], this.env);
    expect(exitCode, stderr).toBe(0);
  }

  /** From an MSR that is well to one that is well again. */
  async passes(failure: Failure): Promise<void> {
    const { onCall } = this;
    const { always = {} } = failure;
    await onCall.begin();
    expect(needing(await onCall.look(always))).toEqual(STANDING);
    const from = onCall.minute;
    try {
      await this.#fails(failure, from);
    } finally {
      await failure.mend?.();
    }
    await onCall.look(always);
    expect(needing(await onCall.look(always))).toEqual(STANDING);
    expect(onCall.toldSince(from).map(({ said }) => said)).toEqual([
      `${failure.told} begins`,
      `${failure.told} ends`,
    ]);
  }

  async #fails(
    { cause, between, always, during, looks = 2, ...failure }: Failure,
    from: number,
  ): Promise<void> {
    const { onCall } = this;
    await cause?.();
    const change = { ...always, ...during };
    let status = await onCall.look(change);
    for (let look = 1; look < looks; look += 1) {
      await between?.();
      status = await onCall.look(change);
    }
    const [page, ...others] = onCall.toldSince(from);
    expect([page?.said, ...others.map(({ said }) => said)]).toEqual([`${failure.told} begins`]);
    expect((page?.minute ?? 0) - from).toBeLessThanOrEqual((looks - 1) * PERIOD + WAIT);
    expect(needing(status).filter((each) => !STANDING.includes(each))).toEqual(failure.needing);
    expect(status.outlook.text).toMatch(failure.answer ?? /^Can we recover now\? Yes, .*losing nothing/);
    expect(page === undefined ? '' : noticeText(page.notice)).toMatch(failure.paged ?? failure.because);
    expect(withoutTags(await onCall.statusPage())).toMatch(failure.because);
    await onCall.look(change);
  }
}

/** As a browser shows it. */
function withoutTags(html: string): string {
  return html
    .replace(/<br>/g, '\n')
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
