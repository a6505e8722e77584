import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KAFKA_VERSION, kafkaJars } from './cache.ts';

describe('the cache', () => {
  let dir: string;
  let cache: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'msr-cache-'));
    cache = join(dir, 'cache');
    vi.stubEnv('MSR_BED_CACHE', cache);
    // Nothing but the test's own mvn, and a shell for it.
    vi.stubEnv('PATH', `${dir}:/usr/bin:/bin`);
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(dir, { recursive: true, force: true });
  });

  async function fakeMaven(copying: string): Promise<void> {
    const script = `#!/bin/sh\ncase "$*" in *--version*) exit 0;; *-dependencies*) ${copying};; esac\n`;
    await writeFile(join(dir, 'mvn'), script);
    await chmod(join(dir, 'mvn'), 0o755);
  }

  it('is filled once by those who ask at the same time, and can be read by other users', async () => {
    await fakeMaven(`echo once >> ${join(dir, 'calls')}; touch kafka.jar`);
    const [first, second] = await Promise.all([kafkaJars(), kafkaJars()]);
    expect(first).toBe(join(cache, `kafka-${KAFKA_VERSION}`));
    expect(second).toBe(first);
    expect(await readdir(first)).toContain('kafka.jar');
    expect((await stat(first)).mode & 0o777).toBe(0o755);
    expect((await stat(join(dir, 'calls'))).size).toBe('once\n'.length);
  });

  it('holds nothing of a download that failed', async () => {
    await fakeMaven('touch half.jar; echo no route to repo >&2; exit 1');
    await expect(kafkaJars()).rejects.toThrow('mvn failed: no route to repo');
    expect(await readdir(cache)).toEqual([]);
  });

  it('says what to install where Maven does not run', async () => {
    await fakeMaven('exit 0');
    await writeFile(join(dir, 'mvn'), '#!/bin/sh\nexit 127\n');
    await expect(kafkaJars()).rejects.toMatchObject({
      message: 'the bed needs Kafka from Maven Central, and mvn does not run here',
      hint: 'install Maven and Java 17: apt-get install -y maven openjdk-17-jre-headless',
    });
  });
});
