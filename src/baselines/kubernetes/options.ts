import { z } from 'zod';

/** A name of an object or a namespace (RFC 1123 subdomain). */
const name = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'expected a Kubernetes name');

const SEVERAL =
  'the snapshots of several claims are not taken at one instant, and PostgreSQL cannot start from volumes of different moments; keep data, WAL and tablespaces on one volume, or choose the strategy dump';

const common = {
  namespace: name.describe("Of the database's claim."),
  claims: z
    .array(name)
    .min(1)
    .max(1, SEVERAL)
    .describe('Names of the claims that hold the database: exactly one.'),
  kubeconfigSecretId: z
    .string()
    .min(1)
    .optional()
    .describe("A kubeconfig as text in Secrets Manager; for EKS one with a service account's token."),
  kubeconfigFile: z
    .string()
    .min(1)
    .optional()
    .describe('A kubeconfig file. Without either: the service account of the pod that msr runs in.'),
  cutSeconds: z
    .int()
    .min(5)
    .max(600)
    .default(60)
    .describe('How long the sink may stand still until the storage system has cut the snapshot, seconds.'),
  readyMinutes: z
    .int()
    .min(1)
    .max(1440)
    .default(240)
    .describe('How long the snapshot may then take to be whole, minutes.'),
  recoveryService: z
    .string()
    .regex(/^[^\s:/]+:\d{1,5}$/, 'expected host:port')
    .optional()
    .describe(
      'For a restore: where the server will be reachable that is started on the restored volume, `host:port`.',
    ),
};

const csi = z.strictObject({
  mode: z.literal('csi'),
  ...common,
  snapshotClass: name
    .optional()
    .describe("The VolumeSnapshotClass. Without it: the cluster's default one for the driver."),
  restoreStorageClass: name
    .optional()
    .describe("Of the restored claim. Without it: that of the database's claim."),
});

const velero = z.strictObject({
  mode: z.literal('velero'),
  ...common,
  veleroNamespace: name.default('velero').describe('Where Velero runs.'),
  storageLocation: name.optional().describe("Velero's storage location. Without it: its default one."),
  claimLabels: z
    .record(z.string(), z.string())
    .refine((labels) => Object.keys(labels).length > 0, {
      message: 'expected at least one label of the claim',
    })
    .describe('Labels that the claim alone has in its namespace: Velero cannot choose by name.'),
  moveData: z
    .boolean()
    .default(false)
    .describe("Copies the snapshot into the storage location (Velero's data mover)."),
  keepHours: z.int().min(1).default(720).describe('How long Velero keeps it, hours.'),
  restoreNamespace: name
    .default('msr-recovery')
    .describe('Where a restore makes the claim: not beside the live one, since Velero keeps its name.'),
});

const onePlace = 'give kubeconfigSecretId or kubeconfigFile, not both';

/** MSR_STRATEGY_OPTIONS of the strategy `kubernetes`. */
export const kubernetesOptions = z
  .discriminatedUnion('mode', [csi, velero])
  .refine((options) => options.kubeconfigSecretId === undefined || options.kubeconfigFile === undefined, {
    message: onePlace,
    path: ['kubeconfigFile'],
  });
export type KubernetesOptions = z.infer<typeof kubernetesOptions>;
export type CsiOptions = z.infer<typeof csi>;
export type VeleroOptions = z.infer<typeof velero>;

/** The one claim. */
export function claimOf({ claims }: Pick<KubernetesOptions, 'claims'>): string {
  const [claim] = claims;
  if (claim === undefined) throw new Error('the schema lets no empty list of claims through');
  return claim;
}
