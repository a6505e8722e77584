import { Readable } from 'node:stream';
import { OperatorError } from '../core/operator-error.ts';
import { PgToolError, type PgToolOptions, runPgTool } from './pg-tools.ts';

/** A dump itself is at fault: a pg_restore that works cannot read it. The text is pg_restore's. */
export class DumpFaultError extends OperatorError {
  override readonly name = 'DumpFaultError';
}

/**
 * Reads a custom-format dump to its end, as a restore would: `pg_restore --list` is content with half a dump.
 * @throws DumpFaultError where the dump is at fault; PgToolError, and others, where pg_restore did not
 *   do its work, which says nothing of the dump
 */
export async function readWholeDump(content: Readable, options: PgToolOptions): Promise<void> {
  try {
    await runPgTool('pg_restore', READ_ALL, { ...options, input: content });
  } catch (error) {
    throw await blame(error, options);
  }
  await requireReader(options);
}

/** A wrapper that answers 0 whatever it is given has read nothing. @throws PgToolError */
async function requireReader(options: PgToolOptions): Promise<void> {
  const archive = emptyArchive();
  const half = Readable.from([archive.subarray(0, archive.length / 2)]);
  try {
    await runPgTool('pg_restore', READ_ALL, { ...options, input: half });
  } catch (error) {
    if (error instanceof PgToolError && complainsOfDump(error)) return;
    throw error;
  }
  throw new PgToolError('pg_restore ends well with half a dump: it does not read what it is given', {
    hint: 'see whether a wrapper stands before pg_restore, or set MSR_PG_BIN',
  });
}

const READ_ALL = ['--file=/dev/null', '--format=custom'];

/**
 * Who is at fault where a pg_restore that read a dump failed: DumpFaultError, or what says that
 * the program, or the machine, cannot do its work.
 */
export async function blame(error: unknown, options: PgToolOptions): Promise<unknown> {
  if (!(error instanceof PgToolError) || !complainsOfDump(error)) return error;
  try {
    await runPgTool('pg_restore', READ_ALL, { ...options, input: Readable.from([emptyArchive()]) });
  } catch (cause) {
    options.signal.throwIfAborted();
    return new PgToolError(`${error.message}; nor does it read a dump that is known to be good`, {
      hint: 'the program is at fault, not the dump: see whether a wrapper stands before pg_restore, or set MSR_PG_BIN',
      exit: error.exit,
      cause,
    });
  }
  return new DumpFaultError(error.message, { hint: error.hint, cause: error });
}

/**
 * What pg_restore says of a file that is no dump, or half of one; English by LC_ALL (pg_backup_archiver.c,
 * pg_backup_custom.c, compress_*.c). That it is older than the file is not among them.
 */
const OF_THE_DUMP = [
  'end of file',
  'input file is too short',
  'does not appear to be a valid archive',
  'did not find magic string',
  'sanity check on integer size',
  'differs from format found in file',
  'unrecognized data block type',
  'could not find block ID',
  'found unexpected block ID',
  'out of range',
  'unexpected data offset flag',
  'invalid dumpId',
  'could not uncompress data: (incorrect|invalid|too many|unknown)',
  'could not (decompress data|read compressed file)',
];
const SAYS_OF_THE_DUMP = new RegExp(`pg_restore: error: .*(${OF_THE_DUMP.join('|')})`);

/**
 * Whether pg_restore, by its own exit, complained of what it read. A signal, a shell's code, a linker's or an
 * allocator's complaint say nothing of it. Pure.
 */
export function complainsOfDump({ exit, message }: Pick<PgToolError, 'exit' | 'message'>): boolean {
  return exit === 1 && SAYS_OF_THE_DUMP.test(message) && !/memory/i.test(message);
}

/**
 * A custom-format dump of nothing, as pg_dump 14 writes it (WriteHead in pg_backup_archiver.c): what every
 * pg_restore reads that works at all.
 */
function emptyArchive(): Buffer {
  const [major, minor, revision, intSize, offsetSize, custom] = [1, 14, 0, 4, 8, 1];
  const uncompressed = 0;
  const secondsMinutesHoursDayMonthYearDst = [0, 0, 0, 1, 0, 100, 0];
  const entries = 0;
  return Buffer.concat([
    Buffer.from('PGDMP'),
    Buffer.from([major, minor, revision, intSize, offsetSize, custom]),
    ...[uncompressed, ...secondsMinutesHoursDayMonthYearDst].map(integer),
    ...['empty', '14.0', '14.0'].flatMap((text) => [integer(text.length), Buffer.from(text)]),
    integer(entries),
  ]);
}

/** A sign, and four bytes from the lowest on. */
function integer(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt32LE(value, 1);
  return bytes;
}
