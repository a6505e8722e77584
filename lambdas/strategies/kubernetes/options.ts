import { z } from 'zod';

/** A name of an object or a namespace (RFC 1123 subdomain). */
const name = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'expected a Kubernetes name');

const SEVERAL =
  'the snapshots of several claims are not taken at one instant, and PostgreSQL cannot start from volumes of different moments; keep data, WAL and tablespaces on one volume, or choose the strategy dump';

const common = {
  /** Of the database's claim. */
  namespace: name,
  /** Names of the claims that hold the database: exactly one. */
  claims: z.array(name).min(1).max(1, SEVERAL),
  /** A kubeconfig as text in Secrets Manager; for EKS one with a service account's token. */
  kubeconfigSecretId: z.string().min(1).optional(),
  /** A kubeconfig file. @default neither: the service account of the pod that msr runs in */
  kubeconfigFile: z.string().min(1).optional(),
  /** How long the sink may stand still until the storage system has cut the snapshot, seconds. */
  cutSeconds: z.int().min(5).max(600).default(60),
  /** How long the snapshot may then take to be whole, minutes. */
  readyMinutes: z.int().min(1).max(1440).default(240),
  /** For a restore: where the server will be reachable that is started on the restored volume, `host:port`. */
  recoveryService: z
    .string()
    .regex(/^[^\s:/]+:\d{1,5}$/, 'expected host:port')
    .optional(),
};

const csi = z.strictObject({
  mode: z.literal('csi'),
  ...common,
  /** @default the cluster's default class of the driver */
  snapshotClass: name.optional(),
  /** Of the restored claim. @default that of the database's claim */
  restoreStorageClass: name.optional(),
});

const velero = z.strictObject({
  mode: z.literal('velero'),
  ...common,
  /** Where Velero runs. */
  veleroNamespace: name.default('velero'),
  /** @default Velero's default location */
  storageLocation: name.optional(),
  /** Labels that the claim alone has in its namespace: Velero cannot choose by name. */
  claimLabels: z.record(z.string(), z.string()).refine((labels) => Object.keys(labels).length > 0, {
    message: 'expected at least one label of the claim',
  }),
  /** Copies the snapshot into the storage location (Velero's data mover). */
  moveData: z.boolean().default(false),
  /** How long Velero keeps it, hours. */
  keepHours: z.int().min(1).default(720),
  /** Where a restore makes the claim: not beside the live one, since Velero keeps its name. */
  restoreNamespace: name.default('msr-recovery'),
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
