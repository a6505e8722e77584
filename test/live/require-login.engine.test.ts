import { expect, test } from 'vitest';
import { requireLogin } from '../../src/live/require-login.ts';
import { sharedBed } from '../bed/shared-bed.ts';

const bed = sharedBed();

function urlOf(user: string): string {
  const url = new URL(bed.adminUrl);
  url.username = encodeURIComponent(user);
  url.password = 'none of theirs';
  return url.href;
}

// timescale/timescaledb-backup#20: a dump brings no roles, so that whoever moves to another server has none.
test.each([
  ['that is not there', `${bed.prefix}_nobody`],
  ['that has another password', bed.roles.sink.user],
])('a role %s is told with SQL that makes it, and SQL that mends it', async (_, user) => {
  const refused = requireLogin(urlOf(user), {
    purpose: 'test',
    refused: (name) => ({ fact: `${name} cannot log in there`, remedy: 'and run `msr recover` again' }),
  });
  await expect(refused).rejects.toMatchObject({
    message: `${user} cannot log in there`,
    hint: `as a superuser there, run CREATE ROLE "${user}" LOGIN PASSWORD '…', or ALTER ROLE where \`\\du\` lists it, and run \`msr recover\` again; nothing was stopped`,
  });
});

test('one that may log in passes', async () => {
  await requireLogin(bed.adminUrl, { purpose: 'test', refused: () => ({ fact: '', remedy: '' }) });
});
