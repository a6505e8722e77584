import { describe, expect, it } from 'vitest';
import { kubernetesOptions } from '../../../src/baselines/kubernetes/options.ts';
import { openStrategy } from '../../../src/baselines/strategies.ts';

const csi = { mode: 'csi', namespace: 'msr', claims: ['data-0'] };
const velero = { mode: 'velero', namespace: 'msr', claims: ['data-0'], claimLabels: { app: 'timescaledb' } };

describe('the options of the strategy kubernetes', () => {
  it('have defaults', () => {
    expect(kubernetesOptions.parse(csi)).toEqual({ ...csi, cutSeconds: 60, readyMinutes: 240 });
    expect(kubernetesOptions.parse(velero)).toMatchObject({ veleroNamespace: 'velero', keepHours: 720 });
  });

  it.each([
    ['no mode', { ...csi, mode: undefined }],
    ['no claim', { ...csi, claims: [] }],
    ['a name that Kubernetes refuses', { ...csi, claims: ['Data_0'] }],
    ['two places for the kubeconfig', { ...csi, kubeconfigFile: '/k', kubeconfigSecretId: 'k' }],
    ['what only Velero has', { ...csi, claimLabels: { app: 'x' } }],
    ['no label for Velero', { ...velero, claimLabels: {} }],
    ['a pause without end', { ...csi, cutSeconds: 6000 }],
    ['a service without a port', { ...csi, recoveryService: 'host' }],
  ])('refuse %s', (_case, options) => {
    expect(kubernetesOptions.safeParse(options).success).toBe(false);
  });

  it('say why a database on several volumes cannot be taken so', async () => {
    await expect(
      openStrategy({ name: 'kubernetes', options: { ...csi, claims: ['data-0', 'wal-0'] } }),
    ).rejects.toThrow(
      /the options of the strategy kubernetes are wrong: .*several claims are not taken at one instant/s,
    );
  });
});
