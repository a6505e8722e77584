import { afterEach, describe, expect, test, vi } from 'vitest';
import type { KafkaSettings } from '../../../src/clients/kafka/kafka-settings.ts';
import { kafkajsConfig } from '../../../src/clients/kafka/kafkajs/kafkajs-client.ts';

import { mskToken } from '../../../src/clients/kafka/msk-token.ts';
import { platformaticOptions } from '../../../src/clients/kafka/platformatic/platformatic-client.ts';

afterEach(() => void vi.unstubAllEnvs());

const kafka = (sasl: KafkaSettings['sasl'], ssl = true): KafkaSettings => ({
  brokers: ['k:9098'],
  ssl,
  sasl,
});

describe('user and password', () => {
  const sasl = { mechanism: 'scram-sha-512', username: 'u', password: 'p' } as const;

  test('for both libraries, in their words', () => {
    expect(kafkajsConfig(kafka(sasl)).sasl).toEqual(sasl);
    expect(platformaticOptions(kafka(sasl)).sasl).toEqual({ ...sasl, mechanism: 'SCRAM-SHA-512' });
  });
});

describe('TLS', () => {
  test('is verified: nothing says otherwise', () => {
    expect(kafkajsConfig(kafka(undefined)).ssl).toEqual({});
    expect(platformaticOptions(kafka(undefined)).tls).toEqual({});
  });

  test('shows a client certificate, and goes on verifying', () => {
    const shown = { ...kafka(undefined), clientCertificate: { certificate: 'C', key: 'K' } };
    expect(kafkajsConfig(shown).ssl).toEqual({ cert: 'C', key: 'K' });
    expect(platformaticOptions(shown).tls).toEqual({ cert: 'C', key: 'K' });
  });

  test('is off where it is not asked for', () => {
    expect(kafkajsConfig(kafka(undefined, false)).ssl).toBe(false);
    expect(platformaticOptions(kafka(undefined, false)).tls).toBeUndefined();
  });
});

describe('MSK with IAM', () => {
  const sasl = { mechanism: 'aws-msk-iam', region: 'eu-central-1' } as const;
  const withCredentials = (id: string) => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', id);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'the-secret-key');
    vi.stubEnv('AWS_SESSION_TOKEN', undefined);
  };
  /** What the token asks for: it is a signed request. */
  const request = (token: string) => new URL(Buffer.from(token, 'base64url').toString());

  test('signs a request to connect, valid for 15 minutes, without the secret key', async () => {
    withCredentials('AKIATEST');
    const url = request(await mskToken('eu-central-1'));
    expect(url.origin).toBe('https://kafka.eu-central-1.amazonaws.com');
    expect(url.searchParams.get('Action')).toBe('kafka-cluster:Connect');
    expect(url.searchParams.get('X-Amz-Expires')).toBe('900');
    expect(url.searchParams.get('X-Amz-Credential')).toMatch(
      /^AKIATEST\/\d{8}\/eu-central-1\/kafka-cluster\//,
    );
    expect(url.href).not.toContain('the-secret-key');
  });

  test('gives each connection a token of its own, with the credentials of the moment', async () => {
    const { sasl: first } = kafkajsConfig(kafka(sasl));
    const { sasl: second } = platformaticOptions(kafka(sasl));
    if (first === undefined || !('oauthBearerProvider' in first)) throw new Error('no provider');
    if (typeof second?.token !== 'function') throw new Error('no provider');
    expect([first.mechanism, second.mechanism]).toEqual(['oauthbearer', 'OAUTHBEARER']);
    for (const id of ['AKIAONE', 'AKIATWO']) {
      withCredentials(id);
      expect(request((await first.oauthBearerProvider()).value).href).toContain(id);
      expect(request(await second.token()).href).toContain(id);
    }
  });

  test('says so where nobody can sign', async () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE'])
      vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    await expect(mskToken('eu-central-1')).rejects.toMatchObject({
      message: expect.stringMatching(/^no token for MSK can be signed: /),
      hint: expect.stringContaining('kafka-cluster:Connect'),
    });
  });
});
