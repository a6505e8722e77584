import { APP_ID_VARIABLE, appId } from '../../lib/runtime/app-id.ts';
import { recordScene } from './recording.ts';

/**
 * What a stage is called that recorded calls are judged in: that of the deployment
 * test, and its one instance.
 */
export const JUDGED = {
  instance: 'emulated/bed',
  databaseInstanceId: 'i-0aaaaaaaaaaaaaaaa',
  recoveryInstanceId: 'i-0bbbbbbbbbbbbbbbb',
  secret: 'msr/emulated/bed',
  readersSecret: 'msr/readers',
  pagingSecret: 'msr/paging',
  guardians: 'msr-emulated-bed-guardians',
  topic: 'msr-emulated-page',
} as const;

/** For a process of the product in a test: its calls are recorded as this part's. */
export function recordedAs(part: string): Readonly<Record<string, string>> {
  return { [APP_ID_VARIABLE]: appId(part) };
}

/** For a client of a test itself, beside the product in one process: its calls are nobody's. */
export const NOBODY = { userAgentAppId: 'test' } as const;

/** Says which of the test's instances is the database's, and with which tag its snapshots are made. */
export function standsForDatabase(instanceId: string, tag: string): void {
  recordScene({ standsFor: { [instanceId]: JUDGED.databaseInstanceId, [tag]: JUDGED.instance } });
}

export function standsForRecoveryHost(instanceId: string): string {
  recordScene({ standsFor: { [instanceId]: JUDGED.recoveryInstanceId } });
  return instanceId;
}
