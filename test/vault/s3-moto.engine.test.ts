import { describe } from 'vitest';
import { startMoto } from '../aws/emulators.ts';
import { lockContract } from './lock-contract.ts';
import {
  bucketsContract,
  clockContract,
  defaultRetentionContract,
  expiryContract,
  partsContract,
  retentionContract,
  versionsContract,
} from './s3-contract.ts';
import { s3Server } from './s3-vaults.ts';
import { vaultContract } from './vault-contract.ts';

describe('S3 as moto has it', () => {
  const server = s3Server(startMoto);
  vaultContract(() => server.newVault());
  lockContract(() => server.newVault());
  partsContract(server);
  retentionContract(server);
  defaultRetentionContract(server);
  clockContract(server);
  bucketsContract(server);
  expiryContract(server);
  versionsContract(server);
});
