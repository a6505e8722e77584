/**
 * What a bundle has in place of `ajv/dist/2020.js`. The Kafka client compiles some 40 JSON schemas as it is
 * loaded, and asks none of them unless its `strict` option is set: a third of the time that a Lambda or a
 * task took to start. Here a schema is compiled when its validator is first called or looked into, so that
 * an invalid schema is told then.
 */
import { Ajv2020 as Eager, type Options } from 'ajv/dist/2020';
import type { AnySchema, AnyValidateFunction } from 'ajv/dist/core';

export class Ajv2020 extends Eager {
  constructor(options?: Options) {
    super(options);
    const compile = this.compile.bind(this);
    const later = (schema: AnySchema, meta?: boolean) => lazily(() => compile(schema, meta));
    this.compile = later as Eager['compile'];
  }
}

function lazily(compile: () => AnyValidateFunction): AnyValidateFunction {
  let compiled: AnyValidateFunction | undefined;
  const validator = () => (compiled ??= compile());
  return new Proxy((() => true) as unknown as AnyValidateFunction, {
    apply: (_, self, args) => Reflect.apply(validator(), self, args),
    get: (_, property) => Reflect.get(validator(), property),
  });
}
