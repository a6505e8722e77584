import { Ajv2020 as Eager } from 'ajv/dist/2020';
import { describe, expect, it } from 'vitest';
import { Ajv2020 } from '../../../lib/runtime/lazy-ajv.ts';

const schema = { type: 'object', properties: { port: { type: 'integer' } }, required: ['port'] };

describe('the ajv of the bundles', () => {
  it.each([{ port: 1 }, { port: 'x' }, {}, 7])('judges %j as ajv itself does, with its errors', (value) => {
    const lazy = new Ajv2020().compile(schema);
    const eager = new Eager().compile(schema);
    expect(lazy(value)).toBe(eager(value));
    expect(lazy.errors).toEqual(eager.errors);
  });

  it('compiles what is asked, and nothing before', () => {
    const invalid = { type: 'no such type' };
    const validate = new Ajv2020().compile(invalid);
    expect(() => validate({})).toThrow('schema is invalid');
    expect(() => new Eager().compile(invalid)).toThrow('schema is invalid');
  });

  it('knows keywords that are added later, as the Kafka client adds them', () => {
    const ajv = new Ajv2020();
    ajv.addKeyword({ keyword: 'even', validate: (_: unknown, value: number) => value % 2 === 0 });
    const validate = ajv.compile({ type: 'integer', even: true });
    expect([2, 3].map((value) => validate(value))).toEqual([true, false]);
  });
});
