import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { silentProgress } from '../../../src/core/progress.ts';
import { type ApiTest, type ApiTestOptions, testApi } from '../../../src/validation/api/test-api.ts';
import { type BedEvent, history, UGLY_KINDS } from '../../bed/events.ts';
import type { Msr } from '../../bed/msr.ts';
import type { ApiFault } from '../../bed/msr-api.ts';
import { sharedBed } from '../../bed/shared-bed.ts';
import { waitFor } from '../../bed/wait.ts';
import { daysOfEvents, insertEvents } from '../../recovery/msr-history.ts';

const bed = sharedBed();
const HOUR_MS = 3_600_000;
let msr: Msr;

beforeAll(async () => {
  msr = await bed.createMsr({ name: 'api', sink: false, jobs: false });
  await insertEvents(msr, daysOfEvents(msr, { from: 9, to: 1, perDay: 50 }));
  await msr.refreshAggregate();
  await msr.query('owner', (session) => session.query('SELECT msr.refresh_earliest_snapshot()'));
  await insertEvents(msr, uglyEvents());
});
afterAll(() => msr.drop());
afterEach(async () => {
  msr.api.break(undefined);
  // A test that failed must not fail the others.
  await msr.query('api', (session) =>
    session.query(`DELETE FROM msr.session WHERE user_id NOT LIKE 'user-%'`),
  );
});

/** Everything that a message may hold, and entities that were deleted, among the newest. */
function uglyEvents(): BedEvent[] {
  const now = Date.now();
  const options = { seed: 3, topics: msr.topics, ugly: true, firstNumber: 100_000, entities: 1_000 };
  return [
    ...history({ ...options, count: UGLY_KINDS, from: new Date(now - HOUR_MS), to: new Date(now - 60_000) }),
  ];
}

function test(more: Partial<ApiTestOptions> = {}): Promise<ApiTest> {
  const { url, token } = msr.api;
  return testApi({
    api: { url, token },
    databaseUrl: msr.url('backup'),
    progress: silentProgress,
    signal: new AbortController().signal,
    ...more,
  });
}

function faults({ checks }: ApiTest): string[] {
  return checks.flatMap(({ name, outcome, fact, hint }) => {
    if (outcome === 'passed') return [];
    expect(hint ?? '', fact).not.toBe('');
    return [`${outcome}: ${name}: ${fact}`];
  });
}

async function sessions(): Promise<number> {
  return await msr.query('api', async (session) => {
    const { rows } = await session.query(`SELECT FROM msr.session WHERE user_id NOT LIKE 'user-%'`);
    return rows.length;
  });
}

describe('an API that serves the live database', () => {
  it('passes, and nothing of the test is left', async () => {
    msr.api.calls.splice(0);
    const result = await test();
    expect(faults(result)).toEqual([]);
    expect(result.verdict).toBe('recovered');
    const facts = Object.fromEntries(result.checks.map(({ name, fact }) => [name, fact]));
    expect(facts).toMatchObject({
      'API session': expect.stringMatching(/^the API made the session [0-9a-f-]{36}, in the live database$/),
      'API settings': '3 settings are those of the database',
      'API replay state': expect.stringMatching(/^\d\d entities are as in the database, /),
      'API replay events': expect.stringMatching(/^\d\d events are as in the database, /),
      'API session end': 'the session was ended and deleted: nothing is left of it',
    });
    expect(result.wrote).toMatch(/^the session \S+: the session was ended and deleted/);
    expect(msr.api.calls.map((call) => call.replace(/[0-9a-f-]{36}/, ':id'))).toEqual([
      'GET /health',
      'GET /readiness',
      'POST /session',
      'GET /admin/settings',
      'GET /admin/sessions/status',
      'GET /replay/state',
      'GET /replay/events',
      'POST /session/:id/terminate',
      'DELETE /session/:id',
    ]);
    expect(await sessions()).toBe(0);
  });

  it('passes also while events come in', async () => {
    let number = 200_000;
    const begun = Date.now();
    const writing: Promise<void>[] = [];
    const writer = setInterval(() => {
      const now = new Date();
      const from = new Date(now.getTime() - 8_000);
      const options = { seed: number, topics: msr.topics, count: 20, from, to: now, firstNumber: number };
      number += 20;
      writing.push(insertEvents(msr, [...history(options)]));
    }, 20);
    try {
      for (let run = 0; run < 5; run++) expect(faults(await test())).toEqual([]);
    } finally {
      clearInterval(writer);
      await Promise.all(writing);
      // The newest events are what the API is tested by: those of the next tests are to be found again.
      await msr.query('owner', (session) =>
        session.query('DELETE FROM msr.cdc_event WHERE event_timestamp >= $1', [new Date(begun - 8_000)]),
      );
    }
  });

  it('is told from one whose user has a session of its own, which is left alone', async () => {
    const created = await fetch(`${msr.api.url}/session`, {
      method: 'POST',
      headers: { authorization: `Bearer ${msr.api.token}` },
    });
    const { data } = (await created.json()) as { data: { id: string } };
    const result = await test();
    expect(faults(result)).toEqual([
      `could not verify: API session end: the session ${data.id} was there before the test, and was left alone`,
    ]);
    expect(result).toMatchObject({ verdict: 'could not verify', wrote: 'nothing' });
    expect(await sessions()).toBe(1);
  });
});

/** The newest of all: an event that nobody has late reasons to look for elsewhere. */
async function deleteAnEntity(): Promise<void> {
  await msr.query('sink', (session) =>
    session.query(
      `INSERT INTO msr.cdc_event VALUES ('gone', NULL, 'd', now() - interval '6 seconds', 'gis.track')`,
    ),
  );
}

describe('an API that does not', () => {
  const failing: ReadonlyArray<readonly [ApiFault, string | RegExp]> = [
    [
      'not-ready',
      /^failed: API session: the MSR API at \S+ answered 503 to GET \/readiness: NOT_READY: the database does not answer$/,
    ],
    [
      'elsewhere',
      /^failed: API session: the MSR API at \S+ made its session in another database than the live one$/,
    ],
    ['stale-settings', 'failed: API settings: MAX_PLAYBACK_RANGE is 7 in the database, and 30 to the API'],
    [
      'state-missing',
      /^failed: API replay state: of the entities from .*: "[^"]*" of "gis\.\w+" is not shown; .*; and \d+ more$/,
    ],
    ['state-old', /^failed: API replay state: .* is shown in another state; /],
    ['state-twice', /^failed: API replay state: .* is shown 2 times; /],
    ['deleted-shown', /^failed: API replay state: .* is shown, and was deleted/],
    ['event-missing', /^failed: API replay events: .*: the event of ".*" of "gis\.\w+" at \S+Z is missing$/],
    ['event-twice', /^failed: API replay events: .* is told more often than it is there$/],
    ['event-foreign', /^failed: API replay events: .* is not in the database$/],
    [
      'terminate-fails',
      /^failed: API session end: the session could not be ended: .* answered 500 .*: deadlock detected$/,
    ],
    [
      'terminate-ignored',
      'failed: API session end: the session was ended, and is still ACTIVE in the database',
    ],
  ];
  it.each(failing)('has failed: %s', async (fault, expected) => {
    if (fault === 'deleted-shown') await deleteAnEntity();
    msr.api.break(fault);
    const result = await test();
    expect(faults(result)).toEqual([
      typeof expected === 'string' ? expected : expect.stringMatching(expected),
    ]);
    expect(result.verdict).toBe('not recovered');
    msr.api.break(undefined);
    expect(await sessions()).toBe(0);
  });

  it('has failed where the session stays, and says how to delete it', async () => {
    msr.api.break('delete-fails');
    const { checks } = await test();
    const end = checks.find(({ name }) => name === 'API session end');
    const id = /the session (\S+) could not be deleted/.exec(end?.fact ?? '')?.[1] ?? '';
    expect(end?.hint).toBe(`delete it: DELETE FROM msr.session WHERE id = '${id}'`);
    await msr.query('api', (session) => session.query(end?.hint?.slice('delete it: '.length) ?? ''));
    expect(await sessions()).toBe(0);
  });

  const unverifiable: ReadonlyArray<readonly [ApiFault, RegExp]> = [
    ['down', /^could not verify: API session: the MSR API at \S+ cannot be reached: /],
    [
      'unauthorized',
      /^could not verify: API session: the MSR API at \S+ refuses POST \/session \(401\): UNAUTHORIZED: /,
    ],
    [
      'no-json',
      /^could not verify: API session: what \S+ answers to \/session is not the MSR API's: no JSON object with data$/,
    ],
    [
      'full',
      /^could not verify: API session: the MSR API at \S+ answered 429 to POST \/session: TOO_MANY_SESSIONS: /,
    ],
    ['untold-settings', /^could not verify: API settings: the API does not tell MAX_PLAYBACK_RANGE$/],
    [
      'no-status',
      /^could not verify: API session status: the MSR API at \S+ refuses GET \/admin\/sessions\/status \(403\): /,
    ],
  ];
  it.each(unverifiable)('could not be verified: %s', async (fault, expected) => {
    msr.api.break(fault);
    const result = await test();
    expect(faults(result)).toEqual([expect.stringMatching(expected)]);
    expect(result.verdict).toBe('could not verify');
    expect(JSON.stringify(result)).not.toContain(msr.api.token);
    msr.api.break(undefined);
    expect(await sessions()).toBe(0);
  });

  it('could not be verified where there is none', async () => {
    const result = await test({ api: undefined });
    expect(faults(result)).toEqual(['could not verify: MSR API: not tested: MSR_API_URL is not set']);
  });

  it('is waited for as long as one has patience', async () => {
    msr.api.break('not-ready');
    const notes: string[] = [];
    const mend = (note: string) => {
      notes.push(note);
      msr.api.break(undefined);
    };
    const result = await test({ patienceMs: 20_000, progress: { note: mend } });
    expect(notes[0]).toMatch(/answered 503 .*; waiting for it, up to 20 s$/);
    expect(faults(result)).toEqual([]);
  });
});

it('cleans up after a test that was cancelled in the middle', async () => {
  msr.api.break('hangs');
  const controller = new AbortController();
  const remembered: string[] = [];
  const remember = async (id: string) => void remembered.push(id);
  const running = test({ signal: controller.signal, remember });
  await waitFor('the replay to be asked for', async () => msr.api.calls.at(-1) === 'GET /replay/state');
  expect(await sessions()).toBe(1);
  controller.abort(new Error('told to stop'));
  const result = await running;
  expect(result.verdict).toBe('could not verify');
  expect(faults(result)).toContainEqual(
    expect.stringMatching(/^could not verify: API \S+.*: .*(stop|cancel)/),
  );
  expect(await sessions()).toBe(0);
  expect(remembered).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
});
