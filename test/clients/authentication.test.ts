import { expect, test } from 'vitest';
import { isAuthenticationFailure } from '../../src/clients/authentication.ts';
import { KafkaAdminError } from '../../src/clients/kafka/kafka-admin-error.ts';
import { PgToolError } from '../../src/clients/pg-tools.ts';
import { DatabaseConnectionError } from '../../src/clients/postgres.ts';

const named = (name: string) => Object.assign(new Error('refused'), { name });
const database = (reason: DatabaseConnectionError['reason']) =>
  new DatabaseConnectionError(reason, 'a fact', { hint: 'h', cause: undefined });

const cases: ReadonlyArray<readonly [what: string, error: unknown, refused: boolean]> = [
  ['a database that refuses the password', database('credentials'), true],
  ['a step that failed because of it', new Error('step', { cause: database('credentials') }), true],
  ['a database that is away', database('unreachable'), false],
  ['a certificate that is not trusted', database('tls'), false],
  [
    'kafkajs, wrapped as the admin wraps it',
    new KafkaAdminError('f', { hint: 'h', cause: named('KafkaJSSASLAuthenticationError') }),
    true,
  ],
  [
    'kafkajs, wrapped as its retries wrap it',
    Object.assign(new Error('x'), { originalError: named('KafkaJSSASLAuthenticationError') }),
    true,
  ],
  [
    '@platformatic/kafka, among several',
    new AggregateError([named('NetworkError'), named('AuthenticationError')]),
    true,
  ],
  [
    'pg_dump',
    new PgToolError('pg_dump failed: FATAL:  password authentication failed for user "msr"', { hint: 'h' }),
    true,
  ],
  ['anything else', new TypeError('bug'), false],
  ['no error at all', 'text', false],
];
test.each(cases)('%s', (_, error, refused) => {
  expect(isAuthenticationFailure(error)).toBe(refused);
});
