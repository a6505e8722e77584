import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { toldFilling } from './filling.ts';

const kafka = { what: 'Apache Kafka 4.3.1 from Maven Central', megabytes: 54, seconds: 30 };

async function directory(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'msr-filling-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

it('says what, how large and how long before it begins, how far it is, and that it is there', async () => {
  const lines: string[] = [];
  const half = Promise.withResolvers<void>();
  const tell = (line: string) => {
    lines.push(line);
    if (line.includes(' 27 of ')) half.resolve();
  };
  const fill = async (dir: string) => {
    expect(lines).toHaveLength(1);
    await writeFile(join(dir, 'kafka.jar'), Buffer.alloc(27_000_000));
    await half.promise;
  };
  await toldFilling(kafka, await directory(), fill, { tell, everyMs: 10 });

  expect(lines[0]).toBe('bed: getting Apache Kafka 4.3.1 from Maven Central, once: 54 MB, about 30 s');
  expect(lines).toContainEqual(
    expect.stringMatching(/4\.3\.1 from Maven Central: 27 of about 54 MB after \d+ s$/),
  );
  expect(lines.at(-1)).toMatch(/^bed: Apache Kafka 4\.3\.1 from Maven Central: there after \d+ s$/);
});

it('does not say that it is there where it failed', async () => {
  const lines: string[] = [];
  const fill = () => Promise.reject(new Error('no route to repo'));
  const telling = { tell: (line: string) => lines.push(line), everyMs: 60_000 };

  await expect(toldFilling(kafka, await directory(), fill, telling)).rejects.toThrow('no route to repo');
  expect(lines).toHaveLength(1);
});
