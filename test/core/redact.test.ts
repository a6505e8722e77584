import { expect, test } from 'vitest';
import { redact } from '../../src/core/redact.ts';

test.each([
  [
    'too many arguments: postgres://msr:s3cret@db:5432/msr.',
    'too many arguments: postgres://msr:***@db:5432/msr.',
  ],
  ['postgresql://msr:s3@cret@db/msr and http://a:s3cret@b', 'postgresql://msr:***@db/msr and http://a:***@b'],
  ['postgres://:s3cret@db/msr', 'postgres://:***@db/msr'],
  [
    "host=db password=s3cret user=msr, PGPASSWORD='s3cret'",
    "host=db password=*** user=msr, PGPASSWORD='***'",
  ],
  ['postgres://msr@db:5432/msr has no password', 'postgres://msr@db:5432/msr has no password'],
  ['set MSR_KAFKA_USERNAME and MSR_KAFKA_PASSWORD', 'set MSR_KAFKA_USERNAME and MSR_KAFKA_PASSWORD'],
  ['http://connect:8083/connectors at 12:30@home', 'http://connect:8083/connectors at 12:30@home'],
])('%s', (text, redacted) => {
  expect(redact(text)).toBe(redacted);
  expect(redact(text)).not.toContain('s3cret');
});
