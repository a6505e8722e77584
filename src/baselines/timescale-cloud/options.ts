import { z } from 'zod';

/** The default of tiger-cli, the service's own command line. */
const API_URL = 'https://console.cloud.timescale.com/public/api/v1';

const id = z.string().regex(/^[a-z0-9]+$/, 'expected an id as the console shows it, for instance d1k5vk7hf2');

/** MSR_STRATEGY_OPTIONS of the strategy `timescale-cloud`. */
export const cloudOptions = z
  .strictObject({
    projectId: id,
    serviceId: id,
    credentialsSecretId: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Client credentials of the project as JSON, `{"publicKey": "…", "secretKey": "…"}`, in Secrets Manager.',
      ),
    credentialsFile: z.string().min(1).optional().describe('The same in a file.'),
    pitrDays: z
      .int()
      .min(1)
      .max(90)
      .default(3)
      .describe(
        "How far back the service's plan can go, days. The API does not tell it: see the plan in the console.",
      ),
    dump: z
      .boolean()
      .default(true)
      .describe(
        'A dump in the vault beside it: it outlives the service, its region and its days of recovery.',
      ),
    databaseHost: z
      .string()
      .min(1)
      .optional()
      .describe(
        "The database URL's host, where the API does not know the service by it (VPC peering, a DNS name of your own).",
      ),
    apiUrl: z
      .url({ protocol: /^https?$/ })
      .refine((url) => url.startsWith('https:') || new URL(url).hostname === '127.0.0.1', {
        message: 'expected https: the credentials go there',
      })
      .default(API_URL),
  })
  .refine(
    ({ credentialsSecretId: secret, credentialsFile: file }) =>
      (secret === undefined) !== (file === undefined),
    {
      message: 'give credentialsSecretId or credentialsFile',
      path: ['credentialsSecretId'],
    },
  );
export type CloudOptions = z.infer<typeof cloudOptions>;
