/** Lists the backups of the vault that is named, and tells how many are complete and what memory it took. */
import { listBackups } from '../../src/manifest/catalogue.ts';
import { openVault } from '../../src/vault/open-vault.ts';

const entries = await listBackups(openVault(process.argv[2] ?? ''));
const complete = entries.filter(({ state }) => state === 'complete').length;
const { maxRSS } = process.resourceUsage();
console.log(JSON.stringify({ complete, heapUsed: process.memoryUsage().heapUsed, maxRssKb: maxRSS }));
