import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeStatus } from '../../src/health/status/write-status.ts';
import { noticeText, readNotice } from '../../src/paging/notice.ts';
import { PagingVariable } from '../../src/paging/paging-environment.ts';
import { noticeWithFindings } from '../../src/paging/read-findings.ts';
import { openVault } from '../../src/vault/open-vault.ts';
import { sampleStatus } from '../health/sample-status.ts';
import { alarmRecord, record } from './sample-messages.ts';

const directory = mkdtempSync(join(tmpdir(), 'msr-findings-'));
const env = {
  [PagingVariable.stage]: 'prod',
  [PagingVariable.instances]: 'az,az-health,eu',
  [PagingVariable.vault]: `file://${directory}/{instance}`,
};
/** What a notice of this alarm says of the status. */
async function found(name: string, given: Readonly<Record<string, string>> = env): Promise<string> {
  const text = noticeText(await noticeWithFindings(readNotice(alarmRecord('ALARM', { name })), given));
  return text.split('\n').at(-1) ?? '';
}

beforeAll(async () => {
  for (const name of ['az', 'az-health']) {
    const outlook = { ...sampleStatus().outlook, text: `that of ${name}` };
    await writeStatus(openVault(`file://${directory}/${name}`), sampleStatus({ outlook }));
  }
});
afterAll(() => rmSync(directory, { recursive: true }));

it.each([
  ['msr-prod-az-health-sink', 'that of az'],
  ['msr-prod-az-health-health-sink', 'that of az-health'],
  ['msr-prod-az-health-backup-failed', 'that of az-health'],
  ['msr-prod-az-dead-letters', 'that of az'],
])('%s is looked up in %s', async (name, text) => {
  expect(await found(name)).toBe(`Status as of 2026-11-27T10:00:00.000Z: ${text}`);
});

it('leaves a notice as it is that is of no instance', async () => {
  for (const said of [
    alarmRecord('ALARM', { name: 'msr-prod-undelivered-alerts' }),
    record('words', 'subject'),
  ]) {
    const notice = readNotice(said);
    expect(await noticeWithFindings(notice, env)).toEqual(notice);
    expect(await noticeWithFindings(notice, {})).toEqual(notice);
  }
});

it.each([
  ['nobody has looked', env, 'Found: not known, no health run has left anything'],
  [
    'the vault cannot be opened',
    { ...env, [PagingVariable.vault]: 'ftp://{instance}' },
    expect.stringMatching(/^Found: not known, .*ftp/),
  ],
])('goes out where %s', async (_, given, text) => {
  expect(await found('msr-prod-eu-health-sink', given)).toEqual(text);
});
