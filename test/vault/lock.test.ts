import { lockContract } from './lock-contract.ts';
import { temporaryVault } from './temporary-vault.ts';

lockContract(temporaryVault);
