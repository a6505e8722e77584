import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler } from '../../lambdas/doctor/doctor.lambda.ts';
import type { DoctorCheck, DoctorReport } from '../../src/doctor/doctor-report.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import { VaultPath } from '../../src/vault/vault.ts';
import type { Msr } from '../bed/bed.ts';
import { history } from '../bed/events.ts';
import { kafkaClient } from '../bed/kafka.ts';
import { freePort } from '../bed/ports.ts';
import { sharedBed } from '../bed/shared-bed.ts';
import { withDatabase } from '../bed/timescale/server.ts';
import { runCli } from '../cli/run-cli.ts';
import { runAclCommands } from './acl-commands.ts';

const bed = sharedBed();
const role = `${bed.prefix}_newcomer`;

describe('msr doctor', () => {
  let msr: Msr;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'msr-doctor-'));
    msr = await bed.createMsr({ name: 'doctor', partitions: 2 });
    const to = new Date();
    const from = new Date(to.getTime() - 3_600_000);
    await msr.produce(history({ seed: 1, count: 200, topics: msr.topics, from, to }));
    await msr.waitForEvents(200);
    await msr.query('admin', (admin) => admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'newcomer'`));
  });
  afterAll(async () => {
    await msr?.query('admin', (admin) => admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`));
    await msr?.drop();
    await rm(directory, { recursive: true, force: true });
  });

  async function doctor(change: Readonly<Record<string, string>> = {}) {
    const { exitCode, stdout, stderr } = await runCli(['doctor', '--json'], {
      ...msr.env(directory),
      ...change,
    });
    const report: DoctorReport = JSON.parse(stdout);
    const check = (name: string): DoctorCheck | undefined =>
      report.checks.find((entry) => entry.name === name);
    return { exitCode, report, check, printed: stdout + stderr };
  }

  it('finds a healthy MSR healthy, whoever set it up', async () => {
    const { exitCode, report } = await doctor();
    const bad = report.checks.filter(({ outcome }) => !['ok', 'warning', 'not checked'].includes(outcome));
    expect(bad).toEqual([]);
    expect([report.verdict, exitCode]).toEqual(['healthy', 0]);
    expect(report.retention?.need.minimumMs).toBeGreaterThanOrEqual(3 * 86_400_000);
    expect(report.disk?.map(({ place }) => place)).toEqual([
      'vault',
      'kafka',
      'database server',
      'temporary directory',
    ]);
  });

  it('gives the GRANTs that a role lacks; with them, and no more, the role is right', async () => {
    const MSR_DATABASE_URL = withDatabase(bed.adminUrl, msr.database, { user: role, password: 'newcomer' });
    const run = async (commands: readonly string[] = []) => {
      for (const sql of commands) await msr.query('admin', (admin) => admin.query(sql));
    };
    const stranger = await doctor({ MSR_DATABASE_URL });
    expect(stranger.exitCode).toBe(1);
    expect(stranger.check('database')?.commands).toEqual([
      `GRANT CONNECT ON DATABASE "${msr.database}" TO "${role}";`,
    ]);
    await run(stranger.check('database')?.commands);
    const guest = await doctor({ MSR_DATABASE_URL });
    expect(guest.check('backup role')).toMatchObject({
      outcome: 'failed',
      commands: [`GRANT pg_read_all_data TO "${role}";`, `GRANT MAINTAIN ON msr.cdc_event TO "${role}";`],
    });
    await run(guest.check('backup role')?.commands);
    const forVolumes = await doctor({ MSR_DATABASE_URL, MSR_STRATEGY: 'hybrid' });
    expect(forVolumes.check('checkpoint')?.outcome).toBe('failed');
    await run(forVolumes.check('checkpoint')?.commands);
    const checkpointing = await doctor({ MSR_DATABASE_URL, MSR_STRATEGY: 'hybrid' });
    expect(checkpointing.check('checkpoint')?.outcome).toBe('ok');
    const member = await doctor({ MSR_DATABASE_URL });
    expect([member.check('backup role')?.outcome, member.exitCode]).toEqual(['ok', 0]);
    expect(stranger.printed + guest.printed + member.printed).not.toContain(':newcomer@');
  });

  it('says that a recovery needs a superuser', async () => {
    const { check, exitCode } = await doctor({ MSR_TARGET_DATABASE_URL: msr.url('backup') });
    expect([check('recovery role')?.outcome, exitCode]).toEqual(['failed', 1]);
    expect(check('recovery role')?.commands?.[0]).toContain('SUPERUSER');
  });

  it('looks at everything else where a broker, a worker and a password are wrong', async () => {
    const wrong = new URL(msr.url('backup'));
    wrong.password = 'not-this-one';
    const { report, check, exitCode, printed } = await doctor({
      MSR_KAFKA_BROKERS: `127.0.0.1:${await freePort()}`,
      MSR_CONNECT_URL: `http://127.0.0.1:${await freePort()}`,
      MSR_DATABASE_URL: wrong.href,
      MSR_KEEP_DAILY: 'many',
    });
    expect(exitCode).toBe(1);
    const failed = report.checks.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name);
    expect(failed).toEqual(['retention settings', 'database', 'kafka connect', 'kafka']);
    expect(check('kafka rights')?.outcome).toBe('could not verify');
    expect(check('vault')?.outcome).toBe('ok');
    expect(check('recovery role')?.outcome).toBe('ok');
    expect(printed).not.toContain('not-this-one');
  });

  it('finds a compacted topic and one that is held too briefly, and the command that mends both', async () => {
    const [topic = ''] = msr.topics;
    const settings = [
      { name: 'cleanup.policy', value: 'compact' },
      { name: 'retention.ms', value: '86400000' },
    ];
    await alterTopic(topic, settings);
    try {
      const { check, exitCode } = await doctor();
      expect(exitCode).toBe(1);
      expect(check(`topic ${topic}`)).toMatchObject({
        outcome: 'failed',
        fact: expect.stringMatching(/cleanup\.policy is compact: .*retention\.ms is 1 day;/),
        commands: [
          `kafka-configs.sh --bootstrap-server ${bed.brokers[0]} --alter --entity-type topics --entity-name ${topic} --add-config cleanup.policy=delete,retention.ms=604800000`,
        ],
      });
    } finally {
      await alterTopic(topic, [{ name: 'cleanup.policy', value: 'delete' }]);
    }
  });

  it('gives the ACLs that a Kafka user lacks; they are enough for a backup', async () => {
    const { brokers, restricted } = bed.kafkaLogin;
    const login = {
      MSR_KAFKA_BROKERS: brokers.join(','),
      MSR_KAFKA_SASL_MECHANISM: 'plain',
      MSR_KAFKA_USERNAME: restricted.username,
      MSR_KAFKA_PASSWORD: restricted.password,
    };
    const refused = await doctor(login);
    expect(refused.exitCode).toBe(1);
    const rights = refused.check('kafka rights');
    expect(rights).toMatchObject({ outcome: 'failed', hint: expect.stringContaining('docs/kafka-acls.md') });
    expect(refused.printed).not.toContain(restricted.password);
    const isOptional = (line: string) => /--operation Create|--cluster/.test(line);
    const needed = rights?.commands?.filter((line) => !isOptional(line));
    const optional = rights?.commands?.filter(isOptional);
    await runAclCommands(bed.brokers, needed ?? []);
    const allowed = await doctor(login);
    expect([allowed.check('kafka rights')?.outcome, allowed.exitCode]).toEqual(['ok', 0]);
    expect(allowed.check('kafka rights')?.fact).toContain('but not the sizes of topics, which are estimated');
    expect(allowed.check('kafka rights')?.fact).toContain('could NOT be created anew');
    await runAclCommands(bed.brokers, optional ?? []);
    const whole = (await doctor(login)).check('kafka rights')?.fact;
    expect(whole).toContain('and the sizes of topics');
    expect(whole).toContain('they could be created anew');
    const backup = await runCli(['backup', '--json'], { ...msr.env(directory), ...login });
    expect(backup.stderr).not.toContain('HINT');
    expect([backup.exitCode, JSON.parse(backup.stdout).cut.exact]).toEqual([0, true]);
  });

  it('leaves its report in the vault where a schedule starts it', async () => {
    const before = process.env;
    process.env = { ...before, ...msr.env(directory) };
    try {
      expect(await handler({})).toMatchObject({ verdict: 'healthy', failed: [] });
    } finally {
      process.env = before;
    }
    const vault = openVault(msr.env(directory)['MSR_VAULT_URL'] ?? '');
    const report = await vault.readDocument(VaultPath.doctorReport);
    expect(JSON.parse(report?.content ?? '')).toMatchObject({ version: 1, verdict: 'healthy' });
    expect(report?.content).not.toContain(bed.roles.backup.password);
  });

  async function alterTopic(
    name: string,
    configEntries: { readonly name: string; readonly value: string }[],
  ): Promise<void> {
    const admin = kafkaClient(bed.brokers).admin();
    await admin.connect();
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name, configEntries }] });
    await admin.disconnect();
  }
});
