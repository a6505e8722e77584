import { describe } from 'vitest';
import { startMinistack } from '../aws/emulators.ts';
import { lockContract } from './lock-contract.ts';
import { bucketsContract, retentionContract } from './s3-contract.ts';
import { s3Server } from './s3-vaults.ts';
import { vaultContract } from './vault-contract.ts';

describe('S3 as ministack has it', () => {
  const server = s3Server(startMinistack);
  vaultContract(() => server.newVault());
  lockContract(() => server.newVault());
  retentionContract(server);
  bucketsContract(server);
});
