const NAME = 'TimeoutNegativeWarning';
let quiet = false;

/**
 * kafkajs sets a timer for a moment that has passed, which Node 24 does at once and warns of on the operator's
 * terminal (kafkajs 2.2.4, network/requestQueue). A flag of Node's would be missing wherever we are started another
 * way: in the container, in a Lambda, as a forked task. Every other warning passes.
 */
export function quietKafkajsTimers(): void {
  if (quiet) return;
  quiet = true;
  const emit = process.emitWarning.bind(process);
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (rest[0] === NAME) return;
    Reflect.apply(emit, process, [warning, ...rest]);
  }) as typeof process.emitWarning;
}
