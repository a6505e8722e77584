/**
 * `npm run bed [file]`: a bed that is kept until Ctrl-C; its coordinates are in .bed/bed.json, or the file.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { describeError } from '../../src/core/operator-error.ts';
import { type BedCoordinates, startBed } from './bed.ts';

async function main(file: string): Promise<void> {
  const startedAt = Date.now();
  const { stop, createMsr: _, ...coordinates } = await startBed();
  // Held open by this alone: the engines' pipes do not keep a process alive.
  const keepAlive = setInterval(() => undefined, 2 ** 30);
  const finish = async (): Promise<void> => {
    clearInterval(keepAlive);
    await rm(file, { force: true });
    await stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, finish);
  await mkdir(dirname(file), { recursive: true });
  // It holds passwords, though only of a bed on loopback.
  await writeFile(file, `${JSON.stringify(coordinates, null, 2)}\n`, { mode: 0o600 });
  console.log(summary(coordinates, file, (Date.now() - startedAt) / 1000));
}

function summary(bed: BedCoordinates, file: string, seconds: number): string {
  return [
    `bed: up after ${seconds.toFixed(1)} s`,
    `  Kafka          ${bed.brokers.join(',')}`,
    `  Kafka Connect  ${bed.connectUrl}`,
    `  TimescaleDB    ${new URL(bed.adminUrl).host}, ${bed.timescaledb} ${bed.edition} edition`,
    `  client tools   ${bed.pgBin}`,
    `  coordinates    ${file} (with passwords)`,
    `  for tests      MSR_BED=${file} npx vitest run --project engines test/<file>`,
    '  Ctrl-C ends it',
  ].join('\n');
}

main(resolve(process.argv[2] ?? '.bed/bed.json')).catch((error: unknown) => {
  console.error(describeError(error));
  process.exitCode = 1;
});
