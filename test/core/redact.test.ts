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
  // What strangers' configurations and libraries' errors have been seen to hold.
  ['postgres://u:s3cret/with/slashes@db/msr', 'postgres://u:***@db/msr'],
  ['postgres://u:s3@cret@tail@db/msr', 'postgres://u:***@db/msr'],
  [
    'jdbc:postgresql://db/msr?user=u&sslpassword=s3cret&x=1',
    'jdbc:postgresql://db/msr?user=u&sslpassword=***&x=1',
  ],
  ['{"user": "u", "password": "s3cret, with \\" in it"}', '{"user": "u", "password": "***"}'],
  ['jdbc:oracle:thin:scott/s3cret@//db:1521/x', 'jdbc:oracle:thin:scott/***@//db:1521/x'],
  ['jdbc:sqlserver://db;user=sa;pwd=s3cret;x=1', 'jdbc:sqlserver://db;user=sa;pwd=***;x=1'],
  [
    'Endpoint=sb://x/;SharedAccessKeyName=k;SharedAccessKey=s3cret=',
    'Endpoint=sb://x/;SharedAccessKeyName=k;SharedAccessKey=***',
  ],
  ['AccountKey=s3cret+/==;EndpointSuffix=x', 'AccountKey=***;EndpointSuffix=x'],
  ["password='s3cret with spaces' host=db", "password='***' host=db"],
  ['api_key=s3cret and access-token=s3cret', 'api_key=*** and access-token=***'],
  ['redis://:s3cret@cache:6379 amqp://u:s3cret@mq', 'redis://:***@cache:6379 amqp://u:***@mq'],
  ['postgres://u:s3cret@a/x,postgres://v:s3cret@b/y', 'postgres://u:***@a/x,postgres://v:***@b/y'],
  [`password=\${file:/run/secrets:pw}`, `password=\${file:/run/secrets:pw}`],
  ['{"message": "{\\"password\\": \\"s3cret\\"}"}', '{"message": "{\\"password\\": \\"***\\"}"}'],
  ['write the password: nobody else knows it', 'write the password: nobody else knows it'],
  ['http://connect:8083/connectors/a@b', 'http://connect:8083/connectors/a@b'],
  ['postgres://msr@db:5432/msr has no password', 'postgres://msr@db:5432/msr has no password'],
  ['set MSR_KAFKA_USERNAME and MSR_KAFKA_PASSWORD', 'set MSR_KAFKA_USERNAME and MSR_KAFKA_PASSWORD'],
  ['http://connect:8083/connectors at 12:30@home', 'http://connect:8083/connectors at 12:30@home'],
])('%s', (text, redacted) => {
  expect(redact(text)).toBe(redacted);
  expect(redact(text)).not.toContain('s3cret');
});
