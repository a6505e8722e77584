import { z } from 'zod';

const schema = z.record(z.string(), z.record(z.string(), z.string()).nullable());

/**
 * What MSR_CONNECTOR_SECRETS holds: by the connector's name, the whole value of each key whose value a backup
 * holds as a reference. null: that connector is not to be created again.
 */
export type ConnectorSecrets = z.infer<typeof schema>;

/** For a schema of settings; what is wrong is told without a word of what stands there. */
export function connectorSecretsOf(json: unknown, ctx: z.RefinementCtx): ConnectorSecrets {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const message =
    'expected {"<connector>": {"<key>": "<value>"}}, with null for a connector that is left out';
  ctx.addIssue({ code: 'custom', message });
  return z.NEVER;
}
