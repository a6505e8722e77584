import { z } from 'zod';
import { OperatorError } from '../core/operator-error.ts';
import type { ConnectorSecrets } from '../settings/connector-secrets.ts';
import { readJson, writeJson } from '../vault/json-documents.ts';
import { type Vault, VaultPath } from '../vault/vault.ts';
import { withSecretReferences } from './connector-references.ts';
import { withSecrets } from './connector-secrets.ts';

const schema = z.object({
  version: z.literal(1),
  connector: z.string(),
  /** Without its secrets. */
  config: z.record(z.string(), z.string()),
});

/** A sink that is deleted could not be created again as it was. */
export class SinkNotKeepableError extends OperatorError {
  override readonly name = 'SinkNotKeepableError';
}

const SECRETS_HINT = 'the secrets stand in MSR_CONNECTOR_SECRETS as {"<connector>": {"<key>": "<value>"}}';
const URL_KEY = 'connection.url';

/**
 * Whether a connector that is deleted can be created again as it was: a vault holds no secrets, so each
 * of its own must be given. Pure.
 * @param config as Connect answers it, with its secrets
 * @throws SinkNotKeepableError naming the keys whose secrets are not given, or are others; never a value
 */
export function requireKeepable(
  connector: string,
  config: Readonly<Record<string, string>>,
  secrets: ConnectorSecrets = {},
): void {
  const kept = withSecretReferences(connector, config);
  if (kept[URL_KEY] !== config[URL_KEY]) {
    throw new SinkNotKeepableError(
      `${URL_KEY} of ${connector} holds a secret, and this worker cannot stop a sink`,
      {
        hint: `write user and password into connection.user (or connection.username) and connection.password: the sink is deleted and created again, perhaps with the ${URL_KEY} of another server`,
      },
    );
  }
  const { config: filled } = withSecrets(connector, kept, secrets);
  const wrong = Object.keys(config).filter((key) => filled[key] !== config[key]);
  if (wrong.length === 0) return;
  const missing = wrong.filter((key) => secrets[connector]?.[key] === undefined);
  throw new SinkNotKeepableError(
    missing.length > 0
      ? `${connector} can only be stopped by deleting it, and MSR_CONNECTOR_SECRETS lacks ${missing.join(', ')} to create it again`
      : `MSR_CONNECTOR_SECRETS has another value of ${wrong.join(', ')} than ${connector} itself`,
    {
      hint: `nothing was stopped; ${SECRETS_HINT}, or in the connector as references of its worker (\${file:…}); workers of Apache Kafka 3.5 and later need neither`,
    },
  );
}

/**
 * Keeps what a sink is created again from, before it is deleted.
 * @throws as requireKeepable
 */
export async function keepSink(
  vault: Vault,
  connector: string,
  config: Readonly<Record<string, string>>,
  secrets: ConnectorSecrets | undefined,
): Promise<void> {
  requireKeepable(connector, config, secrets);
  const content = { version: 1, connector, config: withSecretReferences(connector, config) };
  await writeJson(vault, VaultPath.keptSink(connector), content);
}

/**
 * With its secrets; undefined where none is kept.
 * @throws OperatorError where a secret is not given any more, or something else stands there
 */
export async function readKeptSink(
  vault: Vault,
  connector: string,
  secrets: ConnectorSecrets = {},
): Promise<Record<string, string> | undefined> {
  const path = VaultPath.keptSink(connector);
  const found = await readJson(vault, path, schema, { hint: 'use the msr that wrote it' });
  if (found === undefined) return undefined;
  const { config, missing } = withSecrets(connector, found.value.config, secrets);
  if (missing.length === 0) return config;
  throw new OperatorError(
    `${connector} was deleted to stop it, and is to be created again: MSR_CONNECTOR_SECRETS lacks ${missing.join(', ')}`,
    { hint: `set them as for the command that stopped it; ${path} in the vault holds the rest` },
  );
}

/** Benign where none is kept. */
export async function forgetKeptSink(vault: Vault, connector: string): Promise<void> {
  await vault.deleteDocument(VaultPath.keptSink(connector));
}
