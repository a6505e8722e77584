import { describe } from 'vitest';
import { startVersitygw } from '../aws/emulators.ts';
import { lockContract } from './lock-contract.ts';
import {
  bucketsContract,
  defaultRetentionContract,
  expiryContract,
  partsContract,
  retentionContract,
  versionsContract,
} from './s3-contract.ts';
import { s3Server } from './s3-vaults.ts';
import { vaultContract } from './vault-contract.ts';

describe('S3 as versitygw has it', () => {
  const server = s3Server(startVersitygw);
  vaultContract(() => server.newVault());
  lockContract(() => server.newVault());
  partsContract(server);
  retentionContract(server);
  defaultRetentionContract(server);
  bucketsContract(server);
  expiryContract(server);
  versionsContract(server);
});
