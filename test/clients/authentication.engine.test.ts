import { expect, test } from 'vitest';
import { isAuthenticationFailure } from '../../src/clients/authentication.ts';
import { openKafkaAdmin } from '../../src/clients/kafka/kafka-admin.ts';
import { openKafkaFetcher } from '../../src/clients/kafka/platformatic/kafka-fetch.ts';
import { runPgTool } from '../../src/clients/pg-tools.ts';
import { openSession } from '../../src/clients/postgres.ts';
import { sharedBed } from '../bed/shared-bed.ts';

const bed = sharedBed();

const refused = {
  ssl: false,
  brokers: bed.kafkaLogin.brokers,
  sasl: { mechanism: 'plain', username: bed.kafkaLogin.username, password: 'of before' },
} as const;
const url = new URL(bed.adminUrl);
url.username = bed.roles.backup.user;
url.password = 'of before';

/** A secret is read anew when they are refused: each client's own way to say so must be known. */
const refusals: ReadonlyArray<readonly [client: string, attempt: () => Promise<unknown>]> = [
  ['kafkajs', () => openKafkaAdmin(refused)],
  ['@platformatic/kafka', () => openKafkaFetcher(refused)],
  ['node-postgres', () => openSession(url.href, { purpose: 'test' })],
  [
    'pg_dump',
    () => runPgTool('pg_dump', [], { pgBin: bed.pgBin, signal: AbortSignal.timeout(60_000), url: url.href }),
  ],
];
test.each(refusals)('credentials that %s is refused for are known as such', async (_, attempt) => {
  const failure = await attempt().catch((error: unknown) => error);
  expect(isAuthenticationFailure(failure), String(failure)).toBe(true);
});

test('a broker that is away is another matter', async () => {
  const away = { ...refused, brokers: ['127.0.0.1:9'] };
  expect(isAuthenticationFailure(await openKafkaAdmin(away).catch((error: unknown) => error))).toBe(false);
});
