import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { complainsOfDump, readWholeDump } from '../../src/clients/dump-fault.ts';
import { fakeTools } from './fake-tools.ts';

const TOO_SHORT = 'echo "pg_restore: error: could not read from input file: end of file" >&2';
const megabytes = () => Readable.from(Array.from({ length: 64 }, () => Buffer.alloc(1 << 16)));

describe('whether pg_restore complains of what it reads', () => {
  it.each([
    [1, 'pg_restore: error: could not read from input file: end of file', true],
    [1, 'pg_restore: error: input file is too short (read 0, expected 5)', true],
    [1, 'pg_restore: error: input file does not appear to be a valid archive', true],
    [1, 'pg_restore: error: could not uncompress data: incorrect data check', true],
    [1, 'pg_restore: error: could not uncompress data: invalid stored block lengths', true],
    [1, 'pg_restore: error: could not decompress data: Data corruption detected', true],
    [1, 'pg_restore: error: found unexpected block ID (7) when reading data -- expected 9', true],
    [1, 'pg_restore: error: entry ID -7 out of range -- perhaps a corrupt TOC', true],
    [1, 'pg_restore: error: unsupported version (1.16) in file header', false],
    [1, 'pg_restore: error: could not uncompress data: insufficient memory', false],
    [1, 'pg_restore: error: could not read from input file: Input/output error', false],
    [1, 'pg_restore: error: could not open output file "/dev/null": Permission denied', false],
    [1, 'exit 1', false],
    [1, 'docker: Error response from daemon: Conflict. The container name is in use: end of file', false],
    [125, 'docker: error: the daemon does not answer: end of file', false],
    [126, '/opt/bin/pg_restore: Permission denied', false],
    [
      127,
      'pg_restore: error while loading shared libraries: libpq.so.5: cannot open shared object file',
      false,
    ],
    [137, 'pg_restore: error: could not read from input file: end of file', false],
    ['SIGKILL' as const, 'exit SIGKILL', false],
    ['SIGSEGV' as const, 'exit SIGSEGV', false],
    [undefined, 'spawn ENOMEM', false],
  ])('exit %s, %j: %s', (exit, said, expected) => {
    expect(complainsOfDump({ exit, message: `pg_restore failed: ${said}` })).toBe(expected);
  });
});

describe('reading a whole dump', () => {
  it('ends well, even where it is not read to its end', async () => {
    const refusesHalf = `n=$(head -c 100 | wc -c); [ $n -ne 42 ] || { ${TOO_SHORT}; exit 1; }`;
    expect(await readWholeDump(megabytes(), fakeTools(refusesHalf))).toBeUndefined();
  });

  it.each(['exit 0', 'cat > /dev/null'])(
    'is not believed of a program that reads everything: %s',
    async (script) => {
      await expect(readWholeDump(megabytes(), fakeTools(script))).rejects.toMatchObject({
        name: 'PgToolError',
        message: 'pg_restore ends well with half a dump: it does not read what it is given',
      });
    },
  );

  it('blames the dump where the same program reads a good one', async () => {
    const script = `n=$(wc -c); [ $n -eq 84 ] || { ${TOO_SHORT}; exit 1; }`;
    await expect(readWholeDump(megabytes(), fakeTools(script))).rejects.toMatchObject({
      name: 'DumpFaultError',
      message: 'pg_restore failed: pg_restore: error: could not read from input file: end of file',
    });
  });

  it.each([
    [
      'a wrapper that passes no input on',
      'echo "pg_restore: error: input file is too short (read 0, expected 5)" >&2; exit 1',
      'input file is too short (read 0, expected 5); nor does it read a dump that is known to be good',
    ],
    ['a program that is killed', 'kill -9 $$', 'exit SIGKILL'],
    ['a container that is killed', 'exit 137', 'exit 137'],
    ['a program that is not there', 'exec /nowhere/pg_restore', 'exit 127'],
    [
      'a library that is missing',
      'echo "pg_restore: error while loading shared libraries: libpq.so.5: cannot open" >&2; exit 127',
      'error while loading shared libraries: libpq.so.5: cannot open',
    ],
    ['no memory', 'echo "out of memory" >&2; exit 1', 'exit 1'],
  ])('does not blame it for %s', async (_, script, fact) => {
    await expect(readWholeDump(megabytes(), fakeTools(script))).rejects.toMatchObject({
      name: 'PgToolError',
      message: expect.stringContaining(fact),
    });
  });
});
