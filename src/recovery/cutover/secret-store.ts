import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { OperatorError } from '../../core/operator-error.ts';

export interface SecretStore {
  read(secretId: string): Promise<string | undefined>;
  write(secretId: string, text: string): Promise<void>;
}

/** @throws OperatorError where it holds no text; what AWS throws */
export function secretsManager(): SecretStore {
  const options = {
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  };
  return {
    read: async (secretId) => {
      const client = new SecretsManagerClient(options);
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
      client.destroy();
      if (SecretString !== undefined) return SecretString;
      throw new OperatorError('it holds no text', { hint: 'store it as text (SecretString)' });
    },
    write: async (secretId, text) => {
      const client = new SecretsManagerClient(options);
      await client.send(new PutSecretValueCommand({ SecretId: secretId, SecretString: text }));
      client.destroy();
    },
  };
}
