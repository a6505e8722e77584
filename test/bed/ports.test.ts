import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { freePorts } from './ports.ts';

it('gives ports that differ, also to whoever asks at the same time, and that no connection takes', async () => {
  const asked = await Promise.all(Array.from({ length: 40 }, () => freePorts(5)));
  const ports = asked.flat();
  expect(new Set(ports).size).toBe(200);
  expect(ports.filter((port) => port < 15_000 || port >= 32_768)).toEqual([]);
});

it('gives ports that can be bound', async () => {
  const [port] = await freePorts(1);
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  await new Promise((done) => server.close(done));
});
