import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../bed/cache.ts';
import { installDebianPackages } from '../bed/debian-packages.ts';
import { run, succeeds } from '../bed/run.ts';

const KUBERNETES_VERSION = '1.36.3';

/**
 * Modules that k8s.io/kubernetes keeps in its own tree (`replace` in its go.mod) and publishes as v0.36.3.
 */
const STAGING = [
  'api apiextensions-apiserver apimachinery apiserver cli-runtime client-go cloud-provider cluster-bootstrap',
  'code-generator component-base component-helpers controller-manager cri-api cri-client csi-translation-lib',
  'dynamic-resource-allocation endpointslice externaljwt kms kube-aggregator kube-controller-manager kube-proxy',
  'kube-scheduler kubectl kubelet metrics mount-utils pod-security-admission sample-apiserver',
  'sample-cli-plugin sample-controller',
]
  .join(' ')
  .split(' ');

const MAIN = `package main

import (
	"os"

	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() { os.Exit(cli.Run(app.NewAPIServerCommand())) }
`;

/**
 * A real kube-apiserver, built from the Go module proxy; the modules and the build's
 * cache are 3 GB meanwhile.
 * @returns the program
 */
export async function apiServerProgram(): Promise<string> {
  const what = `kube-apiserver ${KUBERNETES_VERSION}, built from the Go module proxy`;
  const dir = await cached(
    `kube-apiserver-v${KUBERNETES_VERSION}`,
    { what, megabytes: 3000, seconds: 240 },
    async (dir) => {
      await requireGo();
      const source = join(dir, 'source');
      await mkdir(source);
      await Promise.all([
        writeFile(join(source, 'main.go'), MAIN),
        writeFile(join(source, 'go.mod'), goMod()),
      ]);
      const options = { cwd: source, env: goEnvironment(dir), timeoutMs: 1_800_000 };
      console.error('kubernetes: fetching the modules (step 1 of 2)');
      await run('go', ['mod', 'tidy'], options);
      console.error('kubernetes: building kube-apiserver (step 2 of 2, about 4 minutes)');
      const version = `-X k8s.io/component-base/version.gitVersion=v${KUBERNETES_VERSION}`;
      const flags = ['-trimpath', '-ldflags', `-s -w ${version}`];
      await run('go', ['build', ...flags, '-o', join(source, 'kube-apiserver'), '.'], options);
      await rename(join(source, 'kube-apiserver'), join(dir, 'kube-apiserver'));
      // The modules and the build's own cache are 3 GB, and of no use once it is built.
      for (const name of ['source', 'gopath', 'gocache']) {
        await rm(join(dir, name), { recursive: true, force: true });
      }
    },
  );
  return join(dir, 'kube-apiserver');
}

/** etcd as Debian packages it. @returns the command */
export async function etcdProgram(): Promise<string> {
  if (!(await succeeds('etcd', ['--version']))) {
    await installDebianPackages('the Kubernetes API server stores its objects in etcd', ['etcd-server']);
  }
  return 'etcd';
}

function goMod(): string {
  const staging = STAGING.map(
    (name) => `\tk8s.io/${name} => k8s.io/${name} v0${KUBERNETES_VERSION.slice(1)}`,
  );
  return `module msr/kube-apiserver

go 1.26

require k8s.io/kubernetes v${KUBERNETES_VERSION}

replace (
${staging.join('\n')}
)
`;
}

function goEnvironment(dir: string): Record<string, string> {
  return {
    GOPATH: join(dir, 'gopath'),
    GOCACHE: join(dir, 'gocache'),
    // Otherwise the modules are read-only, and cannot be removed again.
    GOFLAGS: '-modcacherw',
    GOTOOLCHAIN: 'auto',
    CGO_ENABLED: '0',
  };
}

async function requireGo(): Promise<void> {
  if (await succeeds('go', ['version'], 30_000)) return;
  await installDebianPackages('the Kubernetes API server is built with Go', ['golang-go']);
}
