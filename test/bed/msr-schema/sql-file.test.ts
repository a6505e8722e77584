import { describe, expect, it } from 'vitest';
import { sqlFile } from './sql-file.ts';

const names = { owner: 'own"er', sink: 's', api: 'a', backup: 'b' };

describe('sqlFile', () => {
  it("fills psql's variables in, quoted as what they are", async () => {
    const passwords = {
      owner_password: "it's",
      sink_password: '2',
      api_password: '3',
      backup_password: '4',
    };
    const sql = await sqlFile('roles.sql', { ...names, ...passwords });
    expect(sql).toContain(`CREATE ROLE "own""er" LOGIN CREATEDB PASSWORD 'it''s';`);
    expect(sql).not.toMatch(/:["']/);
  });

  it('names the variable that is missing', async () => {
    await expect(sqlFile('roles.sql', names)).rejects.toThrow('roles.sql needs the variable owner_password');
  });

  it('leaves casts alone', async () => {
    expect(await sqlFile('schema.sql')).toContain('value::int');
  });
});
