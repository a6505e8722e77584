import { KafkaJSConnectionError, KafkaJSNumberOfRetriesExceeded } from 'kafkajs';
import { DatabaseError } from 'pg';
import { expect, test } from 'vitest';
import { reportFailure } from '../../src/cli/failure.ts';
import { foreseen } from '../../src/clients/foreseen.ts';
import { failureCause } from '../../src/clients/task-failure.ts';
import { captureIo } from '../cli/run-cli.ts';

function ofServer(code: string, message: string): Error {
  return Object.assign(new DatabaseError(message, message.length, 'error'), { code });
}
function ofSystem(code: string, message = `${code}: it failed`): Error {
  return Object.assign(new Error(message), { code });
}
function ofAws(name: string, message: string): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });
}

/** What was met in strangers' worlds, and what others report of such: each once thrown as it is. */
const KNOWN: ReadonlyArray<readonly [string, Error, string]> = [
  [
    'an idle timeout of the server, as its driver tells it',
    new Error('Client has encountered a connection error and is not queryable'),
    'the connection to PostgreSQL was lost',
  ],
  [
    'a server that is killed',
    new Error('Connection terminated unexpectedly'),
    'the connection to PostgreSQL was lost',
  ],
  [
    'a server that shuts down',
    ofServer('57P01', 'terminating connection'),
    'run the command again when it is up',
  ],
  ['a server that starts', ofServer('57P03', 'the database system is starting up'), 'when it is up'],
  ['a server whose disk is full', ofServer('53100', 'could not extend file'), "the server's disk is full"],
  ['too many connections', ofServer('53300', 'sorry, too many clients already'), 'raise max_connections'],
  ['shared memory for locks', ofServer('53200', 'out of shared memory'), 'max_locks_per_transaction'],
  ['a read-only database', ofServer('25006', 'cannot execute INSERT'), 'the URL names a standby'],
  ['idle_session_timeout', ofServer('57P05', 'terminating connection'), 'see idle_session_timeout'],
  ['transaction_timeout', ofServer('25P04', 'terminating connection'), 'see transaction_timeout'],
  ['statement_timeout', ofServer('57014', 'canceling statement'), 'a timeout of the server has'],
  ['a deadlock', ofServer('40P01', 'deadlock detected'), 'run the command again'],
  [
    'a right that is missing',
    ofServer('42501', 'permission denied for table'),
    '`msr doctor` names the rights',
  ],
  ['a table that is gone', ofServer('42P01', 'relation does not exist'), 'run `msr doctor`'],
  [
    'a date of another style',
    ofServer('22008', 'date/time field value out of range'),
    'the message names the value',
  ],
  ['a damaged page', ofServer('XX001', 'invalid page in block 7'), 'the database is damaged'],
  [
    'an error of the server that is new to us',
    ofServer('ZZ999', 'something'),
    "the message is the server's own",
  ],
  [
    'a full disk',
    ofSystem('ENOSPC', 'ENOSPC: no space left on device, write'),
    'the disk is full: make room',
  ],
  ['a directory of another user', ofSystem('EACCES'), 'give the user of this process the right'],
  ['a read-only file system', ofSystem('EROFS'), 'mount it to be written'],
  ['too many open files', ofSystem('EMFILE'), 'raise `ulimit -n`'],
  ['no memory for a process', ofSystem('ENOMEM', 'spawn ENOMEM'), 'out of memory'],
  ['no more processes', ofSystem('EAGAIN', 'spawn pg_dump EAGAIN'), '`ulimit -u`'],
  ['a program that is gone', ofSystem('ENOENT', 'spawn pg_dump ENOENT'), 'it is not there'],
  [
    'a name that is not known, below a fetch',
    new TypeError('fetch failed', { cause: ofSystem('ENOTFOUND') }),
    'the name is not known',
  ],
  [
    'several addresses, none of which answers',
    new AggregateError([ofSystem('ECONNREFUSED')]),
    'nothing listens there',
  ],
  ['a peer that hangs up', ofSystem('ECONNRESET', 'read ECONNRESET'), 'the other side ended the connection'],
  ['a broker that is away', new KafkaJSConnectionError('Connection error'), 'Kafka failed: Connection error'],
  [
    'a broker that stays away',
    new KafkaJSNumberOfRetriesExceeded(new Error('no leader'), { retryCount: 3, retryTime: 1 }),
    'Kafka failed: no leader',
  ],
  ['a policy of AWS', ofAws('AccessDeniedException', 'not authorized'), 'the policies of this identity'],
  ['credentials that are over', ofAws('ExpiredTokenException', 'expired'), 'get new credentials'],
  [
    'an account without credentials',
    Object.assign(new Error('no'), { name: 'CredentialsProviderError' }),
    'get new',
  ],
  ['a service that throttles', ofAws('ThrottlingException', 'Rate exceeded'), 'AWS asks for patience'],
  [
    'a time-out',
    AbortSignal.abort(new DOMException('too slow', 'TimeoutError')).reason,
    'something took too long',
  ],
];

test.each(KNOWN)('%s has a message of its own', (_, error, words) => {
  const known = foreseen(error);
  expect(known?.format()).toContain(words);
  expect(known?.message).toContain(error instanceof AggregateError ? 'ECONNREFUSED' : '');
});

test('no known failure is one that nobody foresaw: neither on a terminal, nor in a cause', async () => {
  const unforeseen: string[] = [];
  for (const [what, error] of KNOWN) {
    const { io, said } = captureIo();
    reportFailure(io, error, false);
    const { stderr } = await said();
    if (/nobody foresaw|unexpected error/.test(stderr)) unforeseen.push(what);
    const cause = failureCause(error);
    if (!cause.cause.includes('HINT: ') || cause.error !== error.name) unforeseen.push(`${what}, as a cause`);
  }
  expect(unforeseen).toEqual([]);
});

test('a fault of ours stays one', () => {
  expect(foreseen(new TypeError("Cannot read properties of undefined (reading 'x')"))).toBeUndefined();
  expect(foreseen(new RangeError('not a Kafka offset: -3'))).toBeUndefined();
  expect(foreseen('a word')).toBeUndefined();
});
