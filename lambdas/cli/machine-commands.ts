/** Runs as long as its duty lasts, with its own handling of signals, and sets the exit code itself. */
export type MachineCommand = (args: readonly string[]) => Promise<void>;

/**
 * What msr and the state machine start, never an operator: `msr guardian <connector>` resumes the sink when the
 * process that stopped it dies, `msr task <name>` is a step of a backup or a recovery and the container's command.
 * They speak protocols of their own on their streams, so they are no part of the operator's program and its help.
 */
const MACHINE_COMMANDS: Readonly<Record<string, () => Promise<MachineCommand>>> = {
  guardian: async () => (await import('../freeze/guardian-process.ts')).guardianMain,
  task: async () => (await import('../task/run-task.ts')).taskMain,
};

/** @returns undefined where the words are an operator's */
export function machineCommand([name, ...args]: readonly string[]): (() => Promise<void>) | undefined {
  if (name === undefined || !Object.hasOwn(MACHINE_COMMANDS, name)) return undefined;
  const load = MACHINE_COMMANDS[name];
  return load && (async () => (await load())(args));
}
