import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { aclCommands, optionalAcls, requiredAcls } from '../../src/doctor/kafka-acls.ts';

it('docs/kafka-acls.md gives the lines that the doctor gives', () => {
  const text = readFileSync(new URL('../../docs/kafka-acls.md', import.meta.url), 'utf8');
  const [, lines = ''] = /<!-- acls -->\n```sh\n([^`]*)```/.exec(text) ?? [];
  const names = {
    topics: ['gis_server.gis.geo_entity', 'gis_server.gis.track'],
    group: 'connect-cdc-sink-connector',
  };
  const acls = [...requiredAcls(names), ...optionalAcls(names)];
  expect(lines.trim().split('\n')).toEqual(aclCommands(acls, 'User:msr-recovery', 'kafka:9092'));
  const [, older = ''] = /<!-- acls: older workers -->\n```sh\n([^`]*)```/.exec(text) ?? [];
  const group = requiredAcls({ ...names, topics: [], setsOffsets: true });
  expect(older.trim().split('\n')).toEqual(aclCommands(group, 'User:msr-recovery', 'kafka:9092'));
});
