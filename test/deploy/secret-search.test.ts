import { describe, expect, it } from 'vitest';
import { searchSecrets } from './secret-search.ts';

const secrets = { 'Kafka password': 'p/w"of kafka+1' };
const search = (text: string) => searchSecrets(secrets, { logs: [{ place: 'a log', text }] });

describe('searchSecrets', () => {
  it.each([
    ['as it is', 'password=p/w"of kafka+1;'],
    ['in a URL', 'kafka://msr:p%2Fw%22of%20kafka%2B1@broker'],
    ['in JSON', JSON.stringify({ password: 'p/w"of kafka+1' })],
    ['in base64', `auth ${Buffer.from('p/w"of kafka+1').toString('base64')}`],
  ])('finds a secret %s, and names its place only', (_, text) => {
    expect(search(text).findings).toEqual([{ secret: 'Kafka password', place: 'a log' }]);
  });

  it('tells how much was searched', () => {
    expect(search('nothing here')).toEqual({
      findings: [],
      kinds: [{ kind: 'logs', texts: 1, characters: 12 }],
    });
  });

  it.each([[[]], [[{ place: 'a log', text: '' }]]])('takes no empty search for a proof', (logs) => {
    expect(() => searchSecrets(secrets, { logs })).toThrow('nothing was searched among the logs');
  });

  it('refuses a secret that stands everywhere by chance', () => {
    expect(() => searchSecrets({ 'admin password': 'postgres' }, {})).toThrow(
      'the admin password is too short to be looked for',
    );
  });
});
