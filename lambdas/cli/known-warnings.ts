/**
 * kafkajs 2.2.4 sets a timer for a moment in the past whenever its queue is idle. Node 24 warns of it; the timer
 * fires at once, as it did before. An operator should not have to know that.
 */
const HARMLESS = new Set(['TimeoutNegativeWarning']);

/** Prints warnings as Node does, but for those that are known to be harmless. */
export function silenceKnownWarnings(): void {
  const printers = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (HARMLESS.has(warning.name)) return;
    for (const print of printers) print.call(process, warning);
  });
}
