import { describe, expect, it } from 'vitest';
import { withSecretReferences } from '../../src/sink/connector-references.ts';

const FILE_REFERENCE = `\${file:/etc/secrets:password}`;
const reference = (key: string) => `\${secret:sink:${key}}`;

describe("a connector's configuration in a manifest", () => {
  it.each([
    ['connection.password', 'hunter2', reference('connection.password')],
    ['database.password', 'hunter2', reference('database.password')],
    [
      'consumer.override.sasl.jaas.config',
      'x password="y";',
      reference('consumer.override.sasl.jaas.config'),
    ],
    ['ssl.key.passphrase', 'p', reference('ssl.key.passphrase')],
    ['value.converter.basic.auth.credentials', 'u:p', reference('value.converter.basic.auth.credentials')],
    ['ssl.truststore.password', 't', reference('ssl.truststore.password')],
    ['ssl.keystore.key', '-----BEGIN', reference('ssl.keystore.key')],
    ['connection.password', FILE_REFERENCE, FILE_REFERENCE],
    ['connection.url', 'jdbc:postgresql://db:5432/msr', 'jdbc:postgresql://db:5432/msr'],
    [
      'connection.url',
      'jdbc:postgresql://db/msr?user=u&password=p&ssl=true',
      `jdbc:postgresql://db/msr?user=u&password=${reference('connection.url')}&ssl=true`,
    ],
    ['schema.registry.url', 'https://u:p@registry', `https://u:${reference('schema.registry.url')}@registry`],
    ['schema.registry.basic.auth.user.info', 'u:p', reference('schema.registry.basic.auth.user.info')],
    ['connection.options', 'password=p,ssl=true', `password=${reference('connection.options')},ssl=true`],
    [
      'connection.url',
      'jdbc:postgresql://db/msr?sslpassword=p',
      `jdbc:postgresql://db/msr?sslpassword=${reference('connection.url')}`,
    ],
    ['azblob.account.key', 'k', reference('azblob.account.key')],
    ['http.headers.authorization', 'Bearer x', reference('http.headers.authorization')],
    ['headers', 'Authorization:Bearer x', reference('headers')],
    ['errors.deadletterqueue.context.headers.enable', 'true', 'true'],
    ['pk.mode', 'none', 'none'],
    ['primary.key.mode', 'none', 'none'],
    ['topics', 'a,b', 'a,b'],
  ])('%s %j becomes %j', (key, value, expected) => {
    expect(withSecretReferences('sink', { [key]: value })).toEqual({ [key]: expected });
  });

  it('holds no other part of a value that was several secrets', () => {
    const url = 'http://a:one@h1:1,http://b:two@h2:2';
    expect(JSON.stringify(withSecretReferences('sink', { 'some.urls': url }))).not.toMatch(/one|two/);
  });
});
