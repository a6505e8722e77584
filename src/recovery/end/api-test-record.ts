import { z } from 'zod';
import { type MsrApiEndpoint, msrApiClient } from '../../clients/msr-api.ts';
import { messageOf } from '../../core/operator-error.ts';
import { liveDatabaseUrl } from '../../live/live-database.ts';
import { testApi } from '../../validation/api/test-api.ts';
import type { CheckOutcome, Verdict } from '../../validation/report.ts';
import type { RecoveryContext } from '../context.ts';
import { type RecoveryDocument, readRecoveryDocument, writeRecoveryDocument } from '../documents.ts';
import { isSwap, type PlannedProcedure } from '../plan/procedures.ts';

/** What the test of the MSR API found, as the vault keeps it. */
export const apiTestSchema = z.object({
  checks: z.array(
    z.object({
      name: z.string(),
      outcome: z.enum(['passed', 'failed', 'not run', 'could not verify']),
      fact: z.string(),
      hint: z.string().optional(),
    }),
  ),
  verdict: z.enum(['recovered', 'not recovered', 'could not verify']),
  wrote: z.string(),
  /** Stands while the test runs, with the session that it must delete; absent: it has ended. */
  begun: z.object({ sessionId: z.string().optional() }).optional(),
});
export type ApiTestRecord = z.infer<typeof apiTestSchema>;

/** An undo has its own test: another database is live after it. */
export function apiTestDocument(procedure: PlannedProcedure): ApiTestDocument {
  return isSwap(procedure) ? 'undo-api-test' : 'api-test';
}

type ApiTestDocument = Extract<RecoveryDocument, 'api-test' | 'undo-api-test'>;

/** An API makes its connections anew after a cutover, and after a redirect it starts with another secret. */
const PATIENCE_MS = 60_000;

/**
 * Tests the MSR API on the database that is live now. The recovery is past its commit point: nothing that is
 * found, or keeps from looking, is an error here; the report's verdict tells it. A test that died, with its
 * task, is not tried again, since it may be what killed the task (a state may take a lot of memory): its
 * session is deleted, and the cutover comes to its end.
 */
export async function recordApiTest(ctx: RecoveryContext, name: ApiTestDocument): Promise<void> {
  const { vault, recoveryId, settings, progress, signal } = ctx;
  const write = (record: ApiTestRecord) => writeRecoveryDocument(vault, recoveryId, name, record);
  progress.note('testing the MSR API on the live database');
  try {
    const earlier = await readRecoveryDocument(vault, recoveryId, name, apiTestSchema);
    if (earlier?.begun !== undefined) {
      await write(await afterDeath(settings.api, earlier.begun.sessionId));
      return;
    }
    await write({ ...unverified('was broken off', 'nothing'), begun: {} });
    const test = await testApi({
      api: settings.api,
      databaseUrl: await liveDatabaseUrl(settings),
      progress,
      signal,
      patienceMs: PATIENCE_MS,
      remember: (sessionId) =>
        write({ ...unverified('was broken off', `the session ${sessionId}`), begun: { sessionId } }),
    });
    await write({ ...test, checks: [...test.checks] });
    progress.note(`the MSR API: ${apiTestText(test)}`);
  } catch (error) {
    await write(unverified(`could not be carried out: ${messageOf(error)}`, 'nothing'));
  }
}

async function afterDeath(
  endpoint: MsrApiEndpoint | undefined,
  sessionId: string | undefined,
): Promise<ApiTestRecord> {
  if (endpoint === undefined || sessionId === undefined) return unverified('was broken off', 'nothing');
  const api = msrApiClient(endpoint);
  const left = await api.deleteSession(sessionId).then(() => undefined, messageOf);
  const fate = left === undefined ? 'it was deleted' : `it could not be deleted: ${left}`;
  return unverified('was broken off', `the session ${sessionId}: ${fate}`);
}

/** Where nothing tells of a test: an earlier msr cut over, or it could not be written down. */
export const API_NOT_TESTED: ApiTestRecord = unverified('was not run', 'nothing');

function unverified(how: string, wrote: string): ApiTestRecord {
  const fact = `its test ${how}${wrote === 'nothing' ? '' : `; it wrote ${wrote}`}`;
  return {
    checks: [{ name: 'MSR API', outcome: 'could not verify', fact, hint: 'run `msr validate`' }],
    verdict: 'could not verify',
    wrote,
  };
}

/** What was found, in one line: what is wrong where something is, else all of it. */
export function apiTestText({
  checks,
  verdict,
}: {
  readonly checks: ReadonlyArray<{ readonly outcome: CheckOutcome; readonly fact: string }>;
  readonly verdict: Verdict;
}): string {
  const wrong = checks.filter(({ outcome }) => outcome === 'failed' || outcome === 'could not verify');
  if (wrong.length === 0) return checks.map(({ fact }) => fact).join('; ');
  const head = verdict === 'not recovered' ? 'FAILED: ' : '';
  return head + wrong.map(({ fact }) => fact).join('; ');
}
