/** `node lease-holder.ts <prefix>`: waits for SIGTERM, then drops the bed's databases and roles. */
import { dropDatabases, dropRoles } from './drop.ts';

const prefix = process.argv[2];
const url = process.env['MSR_BED_LEASE_URL'];
if (prefix === undefined || prefix === '' || url === undefined) throw new Error('no prefix, or no URL');

const keepAlive = setInterval(() => undefined, 2 ** 30);
process.once('SIGTERM', async () => {
  clearInterval(keepAlive);
  await dropDatabases(url, prefix);
  await dropRoles(url, prefix);
});
