import { z } from 'zod';

const databaseUrl = z.url({ protocol: /^postgres(ql)?$/ });

const zone = z.strictObject({
  url: databaseUrl,
  /** The sink that feeds it, on the same Kafka Connect: a recovery from this zone stops it for its dump. */
  sinkConnector: z.string().min(1).optional(),
});

/** Another zone of the same MSR, fed from the same topics. Its URL holds a password. */
export type Zone = z.infer<typeof zone>;

/** The zones as the variable has them: `{"az-b": "postgres://…"}`, or with the name of the zone's sink. */
export const zonesText = z.string().transform((text, ctx): Readonly<Record<string, Zone>> => {
  const value = z.union([databaseUrl.transform((url): Zone => ({ url })), zone]);
  const parsed = z.record(z.string().min(1), value).safeParse(parseOrNull(text));
  if (parsed.success) return parsed.data;
  ctx.addIssue({
    code: 'custom',
    message:
      'expected a JSON object of zone names, each with a postgres:// URL or {"url": "postgres://…", "sinkConnector": "…"}',
  });
  return z.NEVER;
});

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
