import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../bed/ports.ts';
import { type Supervised, startSupervised } from '../bed/supervised.ts';
import { waitFor } from '../bed/wait.ts';
import { apiServerProgram, etcdProgram } from './cache.ts';

/**
 * A real kube-apiserver over etcd, on loopback, with RBAC. It has no controllers: nobody makes snapshots,
 * binds claims or runs pods there but the test itself.
 */
export interface ApiServer {
  readonly url: string;
  /**
   * A kubeconfig for one of the users: `admin` may do everything, `msr` nothing until it is bound to a role.
   */
  kubeconfig(user: 'admin' | 'msr'): string;
  /** Ends both and deletes what they stored. Harmless when called twice. */
  stop(): Promise<void>;
}

const TOKENS = { admin: 'admin-token', msr: 'msr-token' } as const;

/** @throws Error with the end of a log, where they do not answer; nothing is left running then */
export async function startApiServer(): Promise<ApiServer> {
  const dir = await mkdtemp(join(tmpdir(), 'msr-kubernetes-'));
  const started: Supervised[] = [];
  const stop = async () => {
    for (const engine of started.toReversed()) await engine.stop();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const [client = 0, peer = 0, api = 0] = await freePorts(3);
    const etcd = await startEtcd(dir, client, peer);
    started.push(etcd);
    const etcdUrl = `http://127.0.0.1:${client}`;
    await waitFor('etcd to answer', async () => {
      etcd.assertRunning();
      return (await fetch(`${etcdUrl}/health`)).ok;
    });
    const server = await startServer(dir, { etcdUrl, port: api });
    started.push(server);
    await waitForReady(server, api);
    const authority = await readFile(join(dir, 'certificates', 'apiserver.crt'));
    const url = `https://127.0.0.1:${api}`;
    return { url, stop, kubeconfig: (user) => kubeconfig(url, authority, TOKENS[user]) };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startEtcd(dir: string, client: number, peer: number): Promise<Supervised> {
  const [clientUrl, peerUrl] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
  return startSupervised({
    name: 'etcd',
    dir,
    command: await etcdProgram(),
    args: [
      ...['--name', 'test', '--data-dir', join(dir, 'etcd')],
      ...['--listen-client-urls', clientUrl, '--advertise-client-urls', clientUrl],
      ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
      ...['--initial-cluster', `test=${peerUrl}`],
      // What it stores is thrown away.
      '--unsafe-no-fsync',
    ],
  });
}

async function startServer(
  dir: string,
  { etcdUrl, port }: { readonly etcdUrl: string; readonly port: number },
): Promise<Supervised> {
  const key = join(dir, 'service-account.key');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(key, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  const tokens = join(dir, 'tokens.csv');
  await writeFile(tokens, `${TOKENS.admin},admin,1,"system:masters"\n${TOKENS.msr},msr,2\n`, { mode: 0o600 });
  return startSupervised({
    name: 'kube-apiserver',
    dir,
    command: await apiServerProgram(),
    args: [
      `--etcd-servers=${etcdUrl}`,
      '--service-cluster-ip-range=10.0.0.0/24',
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${join(dir, 'certificates')}`,
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      '--service-account-issuer=https://test.invalid',
      `--token-auth-file=${tokens}`,
      '--authorization-mode=RBAC',
      // Nobody makes service accounts here.
      '--disable-admission-plugins=ServiceAccount',
    ],
  });
}

async function waitForReady(server: Supervised, port: number): Promise<void> {
  await waitFor('kube-apiserver to be ready', async () => {
    server.assertRunning();
    return (await statusOf(`https://127.0.0.1:${port}/readyz`)) === 200;
  });
}

/** Its certificate is of its own making, and not known yet. */
function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = get(url, { rejectUnauthorized: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.once('error', reject);
  });
}

function kubeconfig(server: string, authority: Buffer, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'test', cluster: { server, 'certificate-authority-data': authority.toString('base64') } },
    ],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  });
}
