import { expect, it } from 'vitest';
import { MsrApiError } from '../../src/clients/msr-api.ts';
import { apiChecks } from '../../src/doctor/api-checks.ts';

const refused = new MsrApiError(
  401,
  'the MSR API at https://api refuses GET /admin/settings (401): expired',
  {
    hint: 'set MSR_API_TOKEN to a valid token',
  },
);

it.each([
  ['none', undefined, 'warning', /^MSR_API_URL is not set: no recovery ends green/],
  ['one that answers', { seen: { url: 'https://api' } }, 'ok', /^https:\/\/api is ready, and its token /],
  [
    'one that refuses the token',
    { error: refused },
    'warning',
    /refuses GET \/admin\/settings \(401\): expired$/,
  ],
  ['a fault of ours', { error: new TypeError('x') }, 'could not verify', /^x$/],
] as const)('an API: %s', (_, found, outcome, fact) => {
  const [check] = apiChecks(found);
  expect(check).toMatchObject({ name: 'MSR API', outcome, fact: expect.stringMatching(fact) });
  expect(check?.hint === undefined).toBe(outcome === 'ok');
});
