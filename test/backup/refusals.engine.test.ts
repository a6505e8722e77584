import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { takeBackup } from '../../src/backup/take-backup.ts';
import { OperatorError } from '../../src/core/operator-error.ts';
import type { Vault } from '../../src/vault/vault.ts';
import type { Msr } from '../bed/msr.ts';
import { freePort } from '../bed/ports.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { withClient } from '../bed/timescale/server.ts';
import { sinkState, someEvents } from '../freeze/scene.ts';
import { temporaryDirectory } from '../vault/temporary-vault.ts';
import { backUp, backupContext, waitForLockQueue } from './scene.ts';

const bed = sharedBed();

describe('a backup that cannot be taken', () => {
  let msr: Msr;
  let directory: string;
  let server: string;

  beforeAll(async () => {
    msr = await bed.createMsr({ name: 'refused' });
    await msr.produce(someEvents(msr, 100));
    await msr.waitForEvents(100);
    const { hostname, port } = new URL(msr.url('backup'));
    server = `${hostname}:${port}`;
  });
  afterAll(() => msr?.drop());

  beforeEach(() => {
    directory = temporaryDirectory();
  });

  /** What an operator reads: fact and HINT. */
  async function refusal(env: Readonly<Record<string, string>>): Promise<string> {
    const outcome = await backUp(msr, directory, env).then(
      () => 'a backup was taken',
      (error: unknown) => (error instanceof OperatorError ? error.format() : error),
    );
    expect(await sinkState(msr)).toBe('RUNNING');
    const { vault } = backupContext(msr, directory);
    expect(await vault.list('backups/')).toEqual([]);
    return String(outcome);
  }

  it('says that the password is wrong, and not what it was', async () => {
    const url = new URL(msr.url('backup'));
    url.password = 'wrong-secret';
    expect(await refusal({ MSR_DATABASE_URL: url.href })).toBe(
      `${server}/${msr.database} refused the credentials of the URL\nHINT: check the user and the password`,
    );
  });

  it('says that no broker listens', async () => {
    const broker = `127.0.0.1:${await freePort()}`;
    expect(await refusal({ MSR_KAFKA_BROKERS: broker })).toMatch(
      new RegExp(
        `^Kafka at ${broker} cannot be used: .*ECONNREFUSED.*\nHINT: check MSR_KAFKA_BROKERS, the credentials and that a broker listens there$`,
      ),
    );
  });

  it('says that Connect does not answer', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    expect(await refusal({ MSR_CONNECT_URL: url })).toMatch(
      new RegExp(
        `^Kafka Connect at ${url} cannot be reached: .*ECONNREFUSED.*\nHINT: check MSR_CONNECT_URL and that a worker runs there$`,
      ),
    );
  });

  it('says that there is no such connector', async () => {
    const { connectUrl } = bed;
    expect(await refusal({ MSR_SINK_CONNECTOR: 'no-such-sink' })).toBe(
      `Kafka Connect at ${connectUrl} has no /connectors/no-such-sink/config: Connector no-such-sink not found\n` +
        `HINT: check MSR_SINK_CONNECTOR; \`curl ${connectUrl}/connectors\` lists what is there`,
    );
  });

  it('says that the vault is a file', async () => {
    const file = join(directory, 'vault');
    writeFileSync(file, 'not a directory');
    expect(await refusal({ MSR_VAULT_URL: `file://${file}` })).toBe(
      `the vault file://${file} cannot be read (locks/operation.json): a part of the path is a file, not a directory\n` +
        'HINT: let the user that runs msr read the directory, and check MSR_VAULT_URL',
    );
  });

  it('says that the database is not there', async () => {
    const url = msr.url('backup', `${msr.database}_gone`);
    expect(await refusal({ MSR_DATABASE_URL: url })).toBe(
      `database ${server}/${msr.database}_gone does not exist\n` +
        'HINT: check the name in the URL; if the database is lost, run `msr recover`',
    );
  });

  it('says that the database is no TimescaleDB, and that it is no MSR', async () => {
    const database = `${msr.database}_plain`;
    await msr.query('admin', (client) => client.query(`CREATE DATABASE ${database} TEMPLATE template0`));
    const url = msr.url('admin', database);
    expect(await refusal({ MSR_DATABASE_URL: url })).toBe(
      'the database has no TimescaleDB extension\n' +
        'HINT: MSR needs TimescaleDB, which Amazon RDS and Aurora, Azure Database and Cloud SQL cannot have; ' +
        'check the database name in the URL',
    );
    await withClient(url, (client) => client.query('CREATE EXTENSION timescaledb'));
    expect(await refusal({ MSR_DATABASE_URL: url })).toBe(
      'the database has no tables in schema msr\n' +
        'HINT: check the database name in MSR_DATABASE_URL; if the tables are lost, run `msr recover`',
    );
  });

  it('says which grant the role lacks, until it has all', async () => {
    const role = `${bed.prefix}_poor`;
    const admin = (sql: string) => msr.query('admin', (client) => client.query(sql));
    await admin(`CREATE ROLE ${role} LOGIN PASSWORD 'poor'`);
    await admin(`GRANT CONNECT ON DATABASE "${msr.database}" TO ${role}`);
    const url = new URL(msr.url('backup'));
    url.username = role;
    url.password = 'poor';
    const env = { MSR_DATABASE_URL: url.href };
    try {
      expect(await refusal(env)).toMatch(
        new RegExp(`^role ${role} lacks SELECT on msr\\.\\w+\nHINT: GRANT pg_read_all_data TO "${role}"$`),
      );
      await admin(`GRANT pg_read_all_data TO ${role}`);
      expect(await refusal(env)).toBe(
        `role ${role} lacks LOCK … IN SHARE MODE on msr.cdc_event, which waits out open inserts at the cut\n` +
          `HINT: GRANT MAINTAIN ON msr.cdc_event TO "${role}" (before PostgreSQL 17: GRANT TRUNCATE)`,
      );
      await admin(`GRANT MAINTAIN ON msr.cdc_event TO ${role}`);
      expect((await backUp(msr, temporaryDirectory(), env)).events.count).toBe(100);
    } finally {
      await admin(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });

  it('keeps away from the maintenance unless it is told not to', async () => {
    const { ignoreMaintenance: _, ...ctx } = backupContext(msr, directory);
    await expect(takeBackup({ ...ctx, now: new Date('2026-11-23T02:52:00Z') })).rejects.toMatchObject({
      message: "MSR's maintenance (0 3 * * *, UTC) begins in 8 min; it would wait for the dump",
      hint: 'take the backup after it, or use --ignore-maintenance: users then cannot replay while both run',
    });
  });

  it('says that the vault has not the room', async () => {
    const ctx = backupContext(msr, directory);
    const full = nearlyFull(ctx.vault);
    await expect(takeBackup({ ...ctx, vault: full })).rejects.toMatchObject({
      message: expect.stringMatching(
        new RegExp(`^${ctx.vault.url} has 1000 bytes free; the dump may need \\d+$`),
      ),
      hint: 'free space there or point MSR_VAULT_URL to another place; nothing was stopped',
    });
  });

  it('is refused while another one runs; and that one waits for locks before it stops the sink', async () => {
    const first = await msr.query('admin', async (blocker) => {
      await blocker.query('BEGIN; LOCK TABLE msr.configuration IN ACCESS EXCLUSIVE MODE');
      const running = backUp(msr, directory);
      await waitForLockQueue(msr, 'msr backup%');
      await expect(backUp(msr, directory)).rejects.toMatchObject({
        name: 'LockHeldError',
        message: expect.stringMatching(
          /^another operation holds the lock: backup, since .*, by process \d+ on /,
        ),
      });
      expect(await sinkState(msr)).toBe('RUNNING');
      await blocker.query('ROLLBACK');
      return running;
    });
    expect(first.events.count).toBe(100);
  });

  it('ends at Ctrl-C while it waits for a lock, with the sink untouched', async () => {
    await msr.query('admin', async (blocker) => {
      await blocker.query('BEGIN; LOCK TABLE msr.session IN ACCESS EXCLUSIVE MODE');
      const abort = new AbortController();
      const refused = expect(
        takeBackup({ ...backupContext(msr, directory), signal: abort.signal }),
      ).rejects.toThrow('interrupted');
      await waitForLockQueue(msr, 'msr backup snapshot');
      abort.abort(new Error('interrupted'));
      await refused;
      expect(await sinkState(msr)).toBe('RUNNING');
      await blocker.query('ROLLBACK');
    });
  });
});

/** The same vault with room for 1000 bytes. */
function nearlyFull(vault: Vault): Vault {
  return new Proxy(vault, {
    get: (target, key) => {
      if (key === 'space') return async () => ({ freeBytes: 1000, totalBytes: 10_000 });
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
