import {
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  type V1PersistentVolumeClaim,
} from '@kubernetes/client-node';
import { OperatorError } from '../../core/operator-error.ts';
import { readCredential } from '../credentials.ts';
import { KubernetesError, kubernetesError } from './kube-errors.ts';
import type { KubernetesOptions } from './options.ts';

/** A kind of custom objects, as the API's paths name it. */
interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

interface ObjectPlace {
  readonly namespace: string;
  readonly name: string;
}

/** The few calls that the strategy makes; whoever asks checks the shape of what is answered. */
export interface KubeClient {
  /** The API server's address, for messages and the manifest. */
  readonly server: string;
  create(resource: Resource, namespace: string, body: object): Promise<unknown>;
  /** undefined: there is none. */
  read(resource: Resource, place: ObjectPlace): Promise<unknown>;
  readCluster(resource: Resource, name: string): Promise<unknown>;
  list(resource: Resource, namespace: string, labelSelector: string): Promise<unknown>;
  /** Benign where there is none. */
  delete(resource: Resource, place: ObjectPlace): Promise<void>;
  readClaim(place: ObjectPlace): Promise<V1PersistentVolumeClaim | undefined>;
  listClaims(namespace: string, labelSelector: string): Promise<V1PersistentVolumeClaim[]>;
  createClaim(namespace: string, body: V1PersistentVolumeClaim): Promise<V1PersistentVolumeClaim>;
}

/** One call, milliseconds: the sink may stand still meanwhile. */
const CALL_MS = 10_000;

/**
 * A client by the options' kubeconfig, or by the service account of the pod.
 * @throws OperatorError where there is no usable kubeconfig; its text is in no message
 */
export async function openKubeClient(options: KubernetesOptions): Promise<KubeClient> {
  return kubeClient(await loadConfig(options));
}

async function loadConfig(options: KubernetesOptions): Promise<KubeConfig> {
  const { kubeconfigSecretId: secretId, kubeconfigFile: file } = options;
  const config = new KubeConfig();
  if (secretId === undefined && file === undefined) {
    config.loadFromCluster();
  } else {
    const place = secretId === undefined ? { file: file ?? '' } : { secretId };
    loadText(config, await readCredential(place, 'the kubeconfig'), secretId ?? file ?? '');
  }
  if (config.getCurrentCluster() !== null) return config;
  throw new OperatorError('the kubeconfig has no current context with a cluster', {
    hint: 'write it with `kubectl config view --minify --flatten`',
  });
}

function loadText(config: KubeConfig, text: string, place: string): void {
  try {
    config.loadFromString(text);
  } catch {
    // The parser's message would repeat a part of the credential.
    throw new OperatorError(`${place} holds no valid kubeconfig`, {
      hint: 'write it with `kubectl config view --minify --flatten`',
    });
  }
}

function kubeClient(config: KubeConfig): KubeClient {
  const custom = config.makeApiClient(CustomObjectsApi);
  const core = config.makeApiClient(CoreV1Api);
  const server = config.getCurrentCluster()?.server ?? '';
  const ask = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await within(call(), CALL_MS);
    } catch (error) {
      throw kubernetesError(what, server, error);
    }
  };
  return {
    server,
    create: (resource, namespace, body) =>
      ask(`create ${resource.plural} in ${namespace}`, () =>
        custom.createNamespacedCustomObject({ ...resource, namespace, body }),
      ),
    read: (resource, { namespace, name }) =>
      orUndefined(
        ask(`get ${resource.plural} ${name} in ${namespace}`, () =>
          custom.getNamespacedCustomObject({ ...resource, namespace, name }),
        ),
      ),
    readCluster: (resource, name) =>
      orUndefined(
        ask(`get ${resource.plural} ${name}`, () => custom.getClusterCustomObject({ ...resource, name })),
      ),
    list: (resource, namespace, labelSelector) =>
      ask(`list ${resource.plural} in ${namespace}`, () =>
        custom.listNamespacedCustomObject({ ...resource, namespace, labelSelector }),
      ),
    delete: async (resource, { namespace, name }) => {
      await orUndefined(
        ask(`delete ${resource.plural} ${name} in ${namespace}`, () =>
          custom.deleteNamespacedCustomObject({ ...resource, namespace, name }),
        ),
      );
    },
    readClaim: ({ namespace, name }) =>
      orUndefined(
        ask(`get persistentvolumeclaims ${name} in ${namespace}`, () =>
          core.readNamespacedPersistentVolumeClaim({ namespace, name }),
        ),
      ),
    listClaims: async (namespace, labelSelector) => {
      const { items } = await ask(`list persistentvolumeclaims in ${namespace}`, () =>
        core.listNamespacedPersistentVolumeClaim({ namespace, labelSelector }),
      );
      return items;
    },
    createClaim: (namespace, body) =>
      ask(`create persistentvolumeclaims in ${namespace}`, () =>
        core.createNamespacedPersistentVolumeClaim({ namespace, body }),
      ),
  };
}

async function orUndefined<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof KubernetesError && error.status === 404) return undefined;
    throw error;
  }
}

/** A server that takes the connection and says nothing must not keep the sink standing still. */
async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
