import type { ConnectorSecrets } from '../settings/connector-secrets.ts';

export interface FilledConfig {
  readonly config: Record<string, string>;
  /** Keys whose value holds a secret that nobody has given. */
  readonly missing: readonly string[];
}

/**
 * A connector's configuration as a backup holds it, with its secrets. What is a reference of Connect's
 * own (`${file:…}`) stays one. Pure.
 */
export function withSecrets(
  connector: string,
  config: Readonly<Record<string, string>>,
  given: ConnectorSecrets,
): FilledConfig {
  const values = given[connector] ?? {};
  const reference = `\${secret:${connector}:`;
  const missing = Object.entries(config)
    .filter(([key, value]) => value.includes(reference) && values[key] === undefined)
    .map(([key]) => key)
    .sort();
  const filled = Object.entries(config).map(([key, value]) => [
    key,
    value.includes(reference) ? (values[key] ?? value) : value,
  ]);
  return { config: Object.fromEntries(filled), missing };
}

/** Whether nobody wants it back. Pure. */
export function isLeftOut(connector: string, given: ConnectorSecrets): boolean {
  return given[connector] === null;
}
