import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { pgToolVersion, runPgTool, startPgTool } from '../../src/clients/pg-tools.ts';
import { startupOptions } from '../../src/clients/session-pins.ts';
import { fakeTools } from './fake-tools.ts';

const KEEPALIVES = 'keepalives=1&keepalives_idle=30&keepalives_interval=10&keepalives_count=6';
const URL_WITH_PASSWORD = 'postgres://backup:p%40ss@db.example:6432/msr';

describe('a PostgreSQL program', () => {
  it('that exits 0 answers its output, and what it said on the way', async () => {
    const lines: string[] = [];
    const tools = fakeTools('echo out; echo processing item 7 >&2', { onLine: (line) => lines.push(line) });
    expect(await runPgTool('pg_dump', [], tools)).toBe('out\n');
    expect(lines).toEqual(['processing item 7']);
  });

  it('gets the password by its environment, never by its arguments', async () => {
    const tools = fakeTools('echo "$@"; echo "$PGPASSWORD"', { url: URL_WITH_PASSWORD });
    expect(await runPgTool('pg_dump', ['--format=custom'], tools)).toBe(
      `--format=custom --no-password --dbname postgres://backup@db.example:6432/msr?sslmode=verify-full&sslrootcert=system&${KEEPALIVES}\np@ss\n`,
    );
  });

  it('gets a password of the query by its environment, too, and a setting with its space', async () => {
    const url = 'postgres://db.example/msr?user=backup&password=s%20ecret&options=-c%20jit%3Doff';
    expect(await runPgTool('pg_dump', [], fakeTools('echo "$@"; echo "$PGPASSWORD"', { url }))).toBe(
      `--no-password --dbname postgres://db.example/msr?user=backup&sslmode=verify-full&sslrootcert=system&${KEEPALIVES}\ns ecret\n`,
    );
  });

  it.each(['sslpassword', 'oauth_client_secret', 'scram_client_key'])(
    'gets %s by a file that only its user can read, and that goes with it',
    async (name) => {
      const url = `postgres://db.example/msr?sslkey=/k&${name}=s3%20cret%23%3D%5C`;
      const tell =
        'echo "$@"; ls -l "$PGSERVICEFILE" | cut -c1-10; cat "$PGSERVICEFILE"; echo "$PGSERVICE $PGSERVICEFILE"';
      const said = await runPgTool('pg_dump', ['--format=custom'], fakeTools(tell, { url }));
      const [args, mode, head, secret, where = ''] = said.split('\n');
      expect(args).toBe(
        `--format=custom --no-password --dbname postgres://db.example/msr?sslkey=%2Fk&sslmode=verify-full&sslrootcert=system&${KEEPALIVES}`,
      );
      expect([mode, head, secret]).toEqual(['-rw-------', '[msr]', `${name}=s3 cret#=\\`]);
      expect(where).toMatch(/^msr .*\/msr-service-\w{6}\/pg_service.conf$/);
      expect(existsSync(dirname(where.slice(4)))).toBe(false);
    },
  );

  it.each([
    ['sslpassword=a%0Ab', 'sslpassword of the URL has a line break'],
    ['sslpassword=a%20', 'a space at its end'],
    ['service=mine&sslpassword=a', 'the URL names the service mine and has sslpassword beside it'],
  ])('is not started with a secret that only an argument could tell: %s', (query, fact) => {
    const url = `postgres://db.example/msr?${query}`;
    expect(() => startPgTool('pg_dump', [], fakeTools('exit 0', { url }))).toThrow(fact);
  });

  it('has the settings of our sessions, and no others of its surroundings', async () => {
    vi.stubEnv('PGOPTIONS', '-c datestyle=German');
    vi.stubEnv('PGTZ', 'Europe/Berlin');
    const url = 'postgres://db.example/msr?options=-c%20work_mem%3D7MB';
    const said = fakeTools('echo "$PGOPTIONS,$PGTZ"', { url, sessionOptions: '-c synchronous_commit=off' });
    expect(await runPgTool('pg_dump', [], said)).toBe(
      `${startupOptions('-c work_mem=7MB -c synchronous_commit=off')},\n`,
    );
    vi.unstubAllEnvs();
  });

  // ikalnytskyi/action-setup-postgres#13: what a shell exports for psql, every libpq in it obeys.
  it('is led to no other server by its surroundings, and keeps what proves who it is', async () => {
    const led = {
      ...{
        PGHOSTADDR: '203.0.113.7',
        PGHOST: 'elsewhere',
        PGPORT: '1',
        PGDATABASE: 'other',
        PGUSER: 'nobody',
      },
      ...{ PGSERVICE: 'other', PGTARGETSESSIONATTRS: 'standby', PGSSLMODE: 'disable', PG_COLOR: 'always' },
    };
    const kept = { PGSSLROOTCERT: '/ca.pem', PGSSLCERT: '/me.pem', PGPASSFILE: '/pass' };
    for (const [name, value] of Object.entries({ ...led, ...kept })) vi.stubEnv(name, value);
    const said = await runPgTool('pg_dump', [], fakeTools('env | grep ^PG | cut -d= -f1 | sort'));
    expect(said.trim().split('\n')).toEqual([...Object.keys(kept), 'PGOPTIONS'].sort());
    vi.unstubAllEnvs();
  });

  it('speaks English, whatever the operator speaks', async () => {
    expect(await runPgTool('pg_dump', [], fakeTools('echo "$LC_ALL"'))).toBe('C\n');
  });

  it.each([
    ['its complaints', 'echo reading >&2; echo "error: no lock" >&2; exit 1', 'error: no lock'],
    [
      'what it adds to it, but no warnings from before',
      'for line in "warning: circular" "hint: none" "error: gone" "detail: x"; do echo "$line" >&2; done; exit 1',
      'error: gone detail: x',
    ],
    ['its signal, whatever it had warned of', 'echo "warning: circular" >&2; kill -9 $$', 'exit SIGKILL'],
    ['its exit code where it said nothing', 'exit 3', 'exit 3'],
    ['the signal that killed it', 'kill -9 $$', 'exit SIGKILL'],
  ])('that fails is told with %s', async (_, script, reason) => {
    await expect(runPgTool('pg_dump', [], fakeTools(script))).rejects.toMatchObject({
      name: 'PgToolError',
      message: `pg_dump failed: ${reason}`,
      hint: "the message is pg_dump's own; the live database was not changed",
    });
  });

  it('that fails late never ends its output as if it were whole', async () => {
    const run = startPgTool('pg_dump', [], fakeTools('echo half; exit 1'));
    run.stdin.end();
    const read = async () => {
      for await (const _ of run.stdout);
    };
    await expect(Promise.all([read(), run.done])).rejects.toThrow('pg_dump failed: exit 1');
    await expect(read()).rejects.toThrow();
  });

  it('that is not there is told with where it was looked for', async () => {
    const tools = { ...fakeTools('exit 0'), pgBin: '/nowhere' };
    await expect(runPgTool('pg_restore', [], tools)).rejects.toMatchObject({
      message: '/nowhere/pg_restore is not there',
      hint: "install the PostgreSQL client of the server's version, or set MSR_PG_BIN to the directory that holds it",
    });
  });

  it('ends with the abort signal', async () => {
    const abort = new AbortController();
    const tools = fakeTools('exec sleep 600', { signal: abort.signal });
    const running = runPgTool('pg_dump', [], tools);
    abort.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  });

  it.each([
    ['pg_dump (PostgreSQL) 17.5', '17.5'],
    ['pg_dump (PostgreSQL) 16.10 (Debian 16.10-1.pgdg13+1)', '16.10'],
    ['pg_dump (PostgreSQL) 18devel', '18'],
  ])('of %j has version %s', async (text, version) => {
    expect(await pgToolVersion('pg_dump', fakeTools(`echo '${text}'`))).toBe(version);
  });
});
