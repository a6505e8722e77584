import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkService } from '../../../src/baselines/timescale-cloud/check-service.ts';
import { openCloudClient } from '../../../src/baselines/timescale-cloud/cloud-client.ts';
import { forkService, forkUrl } from '../../../src/baselines/timescale-cloud/fork-service.ts';
import { forkableUntil, refuseUnforkable } from '../../../src/baselines/timescale-cloud/fork-time.ts';
import { cloudOptions } from '../../../src/baselines/timescale-cloud/options.ts';
import { mayRepeat } from '../../../src/clients/repeat-request.ts';
import { describeError } from '../../../src/core/operator-error.ts';
import { silentProgress } from '../../../src/core/progress.ts';
import { CREDENTIALS, type StandIn, startStandIn } from './stand-in.ts';

let cloud: StandIn;

beforeEach(async () => {
  cloud = await startStandIn();
});
afterEach(() => cloud.stop());

const client = (change: Record<string, unknown> = {}) =>
  openCloudClient(cloudOptions.parse({ ...cloud.options, ...change }), 1);

const volumes = {
  kind: 'timescale-cloud',
  ...{ projectId: 'project1', serviceId: 'source1', region: 'eu-central-1' },
  ...{ forkTime: '2026-11-23T04:15:03.000Z', forkableUntil: '2026-11-26T04:15:03.000Z' },
} as const;

const request = (now = '2026-11-24T00:00:00Z') => ({
  cut: { takenAt: '2026-11-23T04:15:02.400Z' },
  ...{ volumes, name: 'msr-recovery-1', environment: 'PROD' as const, database: 'tsdb' },
  targetUrl: 'postgres://tsdbadmin:p%40ss@old.example:5432/postgres?sslmode=require',
  ...{ deadlineMs: 2000, everyMs: 5, progress: silentProgress, signal: new AbortController().signal },
  now: new Date(now),
});

describe('the client', () => {
  it('asks again after 429 and 5xx, and after what Retry-After says', async () => {
    cloud.faults.push({ status: 503 }, { status: 429, retryAfter: '0' }, { status: 500 });
    expect((await (await client()).service('source1')).status).toBe('READY');
    expect(cloud.calls).toHaveLength(4);
  });

  it('gives up after five', async () => {
    cloud.faults.push(...Array.from({ length: 9 }, () => ({ status: 502 })));
    await expect((await client()).services()).rejects.toThrow('Timescale Cloud answers 502 to');
    expect(cloud.calls).toHaveLength(5);
  });

  it('never asks twice for a fork that may have been made', async () => {
    cloud.faults.push({ status: 500 });
    const fork = { name: 'f', targetTime: volumes.forkTime, environment: 'DEV' } as const;
    await expect((await client()).fork('source1', fork)).rejects.toThrow('answers 500');
    expect(cloud.calls).toHaveLength(1);
  });

  it.each([
    [429, true, true],
    [500, true, false],
    [500, false, true],
    [404, false, false],
  ])('repeats %d (once: %s): %s', (status, once, expected) => {
    expect(mayRepeat(status, once)).toBe(expected);
  });

  it('names what is wrong with the credentials, and not the credentials', async () => {
    cloud.faults.push({ status: 401 });
    const error = await (await client()).service('source1').then(String, describeError);
    expect(error).toContain('HINT: the client credentials are wrong or were revoked');
    expect(error).not.toContain(CREDENTIALS.secretKey);
  });

  it('says that nobody answers', async () => {
    const nobody = await client({ apiUrl: 'http://127.0.0.1:9/public/api/v1' });
    await expect(nobody.services()).rejects.toThrow(
      'the API of Timescale Cloud at 127.0.0.1:9 does not answer',
    );
  });

  it('sends credentials over TLS alone', () => {
    expect(cloudOptions.safeParse({ ...cloud.options, apiUrl: 'http://api.example/v1' }).success).toBe(false);
    expect(cloudOptions.safeParse({ ...cloud.options, credentialsSecretId: 's' }).success).toBe(false);
    expect(cloudOptions.safeParse({ ...cloud.options, credentialsFile: undefined }).success).toBe(false);
  });
});

describe('a service', () => {
  const options = () => cloudOptions.parse(cloud.options);
  const service = { service_id: 'source1', status: 'READY', endpoint: { host: 'a.example', port: 1 } };

  it.each(['PAUSED', 'UPGRADING', 'UNSTABLE', undefined])('that is %s is refused', (status) => {
    expect(() => checkService({ ...service, status }, options(), 'postgres://u@a.example/tsdb')).toThrow(
      `the service source1 is ${status ?? 'unknown'}, not READY`,
    );
  });

  it('of another address than the database is refused, unless that is said to be its own', () => {
    const url = 'postgres://u@peered.internal/tsdb';
    expect(() => checkService(service, options(), url)).toThrow(
      'the database is at peered.internal, and the service source1 at a.example',
    );
    expect(() => checkService(service, { ...options(), databaseHost: 'peered.internal' }, url)).not.toThrow();
  });
});

describe('the moment of a fork', () => {
  it('is held as long as the plan says', () => {
    expect(forkableUntil(new Date(volumes.forkTime), 3).toISOString()).toBe(volumes.forkableUntil);
  });

  it('is refused when the service no longer holds it, or when it is before the cut', () => {
    const { cut } = request();
    expect(() => refuseUnforkable(cut, volumes, new Date('2026-11-26T04:15:02Z'))).not.toThrow();
    expect(() => refuseUnforkable(cut, volumes, new Date('2026-11-26T04:15:03Z'))).toThrow(
      'the service source1 held 2026-11-23T04:15:03.000Z until 2026-11-26T04:15:03.000Z',
    );
    const late = { takenAt: '2026-11-23T04:15:04.000Z' };
    expect(() => refuseUnforkable(late, volumes, new Date('2026-11-24T00:00:00Z'))).toThrow(
      'is before the cut',
    );
  });
});

describe('a fork', () => {
  it('is made at the moment, waited for, and given the target’s password; a second run finds it', async () => {
    const api = await client();
    const running = forkService(api, request());
    await expect.poll(() => cloud.services.length).toBe(2);
    const made = cloud.services[1];
    expect(cloud.forks).toEqual([
      {
        name: 'msr-recovery-1',
        fork_strategy: 'PITR',
        target_time: '2026-11-23T04:15:03.000Z',
        environment_tag: 'PROD',
      },
    ]);
    if (made !== undefined) made.status = 'READY';
    const url = 'postgres://tsdbadmin:p%40ss@fork.example:33445/tsdb?sslmode=require';
    expect(await running).toEqual({ serviceId: 'fork1', url });
    expect(cloud.passwords.get('fork1')).toBe('p@ss');
    expect(await forkService(api, request())).toEqual({ serviceId: 'fork1', url });
    expect(cloud.forks).toHaveLength(1);
  });

  it('that the service does not get ready is named', async () => {
    const running = forkService(await client(), request());
    running.catch(() => {});
    await expect.poll(() => cloud.services.length).toBe(2);
    const made = cloud.services[1];
    if (made !== undefined) made.status = 'UNSTABLE';
    await expect(running).rejects.toThrow('the fork fork1 is UNSTABLE');
  });

  it('is not taken for its own where somebody else’s has the name', async () => {
    cloud.services.push({ ...cloud.services[0], service_id: 'other', name: 'msr-recovery-1' } as never);
    await expect(forkService(await client(), request())).rejects.toThrow(
      'other services have the name msr-recovery-1 already: other',
    );
    expect(cloud.forks).toEqual([]);
  });

  it('is not asked for when the moment has gone', async () => {
    await expect(forkService(await client(), request('2026-11-27T00:00:00Z'))).rejects.toThrow('until');
    expect(cloud.calls).toEqual([]);
  });

  it('is reached as the target is', () => {
    expect(forkUrl('postgres://u:p@a/x', { host: 'b', port: 5 }, 'my db')).toBe('postgres://u:p@b:5/my%20db');
  });
});
