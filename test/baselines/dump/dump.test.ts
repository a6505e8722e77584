import { expect, it } from 'vitest';
import { waitedForLock } from '../../../src/baselines/dump/dump.ts';

const said = (server: string, query = 'LOCK TABLE msr.cdc_event, msr.session IN ACCESS SHARE MODE') =>
  `pg_dump failed: pg_dump: error: query failed: ${server} pg_dump: detail: Query was: ${query}`;

// The server's words are those of its own translations (src/backend/po).
it.each([
  ['English', said('ERROR:  canceling statement due to statement timeout'), true],
  ['English, lock_timeout', said('ERROR:  canceling statement due to lock timeout'), true],
  ['German', said('FEHLER:  storniere Anfrage wegen Zeitüberschreitung der Anfrage'), true],
  ['German, lock_timeout', said('FEHLER:  storniere Anfrage wegen Zeitüberschreitung einer Sperre'), true],
  [
    'French',
    said("ERREUR:  annulation de la requête du fait du délai écoulé pour l'exécution de l'instruction"),
    true,
  ],
  ['Japanese', said('ERROR:  ステートメントのタイムアウトのためステートメントをキャンセルしています'), true],
  ['no right', said('ERROR:  permission denied for table cdc_event'), false],
  ['gone', said('ERROR:  relation "msr.x" does not exist'), false],
  [
    'another statement',
    said('FEHLER:  storniere Anfrage wegen Zeitüberschreitung der Anfrage', 'SELECT 1'),
    false,
  ],
  ['killed', 'pg_dump failed: exit SIGKILL', false],
])('that pg_dump gave up waiting for a lock is told: %s', (_, message, expected) => {
  expect(waitedForLock(message)).toBe(expected);
});
