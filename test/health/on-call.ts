import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import { handler } from '../../lambdas/health/health.lambda.ts';
import type { StatusDocument } from '../../src/health/status/status-document.ts';
import { readHealthStatus } from '../../src/health/status/write-status.ts';
import { withFindings } from '../../src/paging/findings.ts';
import { type Notice, readNotice } from '../../src/paging/notice.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import { type Vault, VaultPath } from '../../src/vault/vault.ts';
import { play, type Told } from '../alarms/play.ts';
import { PutMetrics } from '../alarms/put-metrics.ts';
import { alarmsOf } from '../alarms/template-alarms.ts';
import { ROOT } from '../lib/config/example.ts';
import { stage } from '../lib/stage.ts';
import { alarmRecord } from '../paging/sample-messages.ts';

/** `health.everyMinutes` of the example. */
export const PERIOD = 15;
const INSTANCE = 'prod/az-a';
const PREFIX = 'msr-prod-az-a-';

const template = stage().templates['Observability'];
if (template === undefined) throw new RangeError('the example has a stack of alarms');
const alarms = alarmsOf(template);
const descriptions = new Map(
  Object.values(template.Resources).flatMap(({ Properties: own }) =>
    typeof own?.['AlarmName'] === 'string' ? [[own['AlarmName'], String(own['AlarmDescription'])]] : [],
  ),
);
const headings = new Set(
  readFileSync(join(ROOT, 'docs/runbook.md'), 'utf8')
    .split('\n')
    .flatMap((line) => (line.startsWith('## ') ? [line.slice(3)] : [])),
);

/** What people are told of one alarm: as it would be sent, and when by the played clock. */
export interface Page {
  /** `page health-sink begins` */
  readonly said: string;
  readonly minute: number;
  readonly notice: Notice;
}

/**
 * Whoever is on call for one MSR that is watched as in AWS: the Lambda's own handler looks at it every
 * quarter of an hour, by a clock that is played; CloudWatch's documented rules judge the metrics that it
 * writes, by the synthesized alarms; what is told is read as PagerDuty and Slack get it.
 */
export class OnCall {
  readonly vault: Vault;
  readonly #env: Readonly<Record<string, string>>;
  #metrics = new PutMetrics();
  #begun = 0;
  #minute = 0;
  /** What each run has left, and when. */
  #statuses: Array<readonly [minute: number, status: StatusDocument]> = [];

  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env;
    this.vault = openVault(env['MSR_VAULT_URL'] ?? '');
  }

  /** The played time since `begin`. */
  get minute(): number {
    return this.#minute;
  }

  /** Forgets everything: the clock is the real one again, and nobody has looked before. */
  async begin(): Promise<void> {
    this.#metrics = new PutMetrics();
    this.#begun = Date.now();
    this.#minute = 0;
    this.#statuses = [];
    const records = await this.vault.list(VaultPath.health);
    await Promise.all(records.map(({ path }) => this.vault.deleteDocument(path)));
    // Backups are verified and told of in time: their own dead man's switch is not what this is about.
    for (let hour = -48; hour < 48; hour += 1) {
      this.#metrics.put(`MSR BackupAgeSeconds Instance=${INSTANCE}`, hour * 60, 3600);
    }
  }

  /** One run, a period after the one before. @param change over the environment, for this run */
  async look(change: Readonly<Record<string, string>> = {}): Promise<StatusDocument> {
    const lines: string[] = [];
    const written = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      lines.push(String(chunk));
      return true;
    });
    vi.setSystemTime(this.#begun + this.#minute * 60_000);
    const given = { ...this.#env, ...change, MSR_INSTANCE: INSTANCE };
    for (const [name, value] of Object.entries(given)) vi.stubEnv(name, value);
    try {
      await handler({});
    } finally {
      written.mockRestore();
      vi.useRealTimers();
      vi.unstubAllEnvs();
    }
    for (const line of lines) this.#metrics.extract(this.#minute, JSON.parse(line));
    const status = await readHealthStatus(this.vault);
    if (status === undefined) throw new Error('the run has left no status');
    this.#statuses.push([this.#minute, status]);
    this.#minute += PERIOD;
    return status;
  }

  /** Everything that people were told from a minute on, until the next run. */
  toldSince(minute: number): Page[] {
    return play(alarms, this.#metrics.series, { minutes: this.#minute })
      .filter((each) => each.minute >= minute)
      .map((each) => this.#pageOf(each));
  }

  #pageOf({ topic, alarm, what, minute }: Told): Page {
    const name = alarm.replace(PREFIX, '');
    const description = descriptions.get(alarm) ?? '';
    const plain = readNotice(alarmRecord(what === 'begins' ? 'ALARM' : 'OK', { name: alarm, description }));
    const left = this.#statuses.findLast(([at]) => at <= minute)?.[1];
    const notice = withFindings(plain, name, left ?? { notRead: 'nobody has looked' });
    const heading = /#([\w-]+)$/m.exec(description)?.[1] ?? '';
    if (!headings.has(heading)) throw new Error(`${alarm} links to #${heading}, which the runbook lacks`);
    return { said: `${topic} ${name} ${what}`, minute, notice };
  }

  /** What the page for a browser says. */
  async statusPage(): Promise<string> {
    return (await this.vault.readDocument(VaultPath.statusPage))?.content ?? '';
  }
}

/** Those of whom somebody is told, as `check severity`. */
export function needing({ results }: StatusDocument): string[] {
  return results
    .filter(({ severity }) => severity !== 'none')
    .map(({ check, severity }) => `${check} ${severity}`);
}
