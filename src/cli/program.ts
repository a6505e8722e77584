import { Command, CommanderError } from 'commander';
import { ExitCode } from '../core/operator-error.ts';
import { VERSION } from '../core/version.ts';
import { addApproveCommands } from './approve-commands.ts';
import { addBackupCommand, addBackupCommands } from './backup-commands.ts';
import { addCleanupCommand } from './cleanup-command.ts';
import { addConfigurationCommands } from './configuration-commands.ts';
import { addDoctorCommand } from './doctor-command.ts';
import { addDrillCommand } from './drill-command.ts';
import { operatorError, reportFailure } from './failure.ts';
import { addGuardCommand } from './guard-command.ts';
import { addHealthCommand } from './health-command.ts';
import { invoke, type Run } from './invocation.ts';
import type { CommandIo } from './io.ts';
import { addKafkaCommands } from './kafka-commands.ts';
import { addMaintenanceCommands } from './maintenance-command.ts';
import { addMonitorsCommands } from './monitors-command.ts';
import { addQuarantineCommands } from './quarantine-commands.ts';
import { addRecoverCommand } from './recover-command.ts';
import { addRecoveriesCommands } from './recoveries-commands.ts';
import { addSessionCommands } from './session-commands.ts';
import { addStatusCommand } from './status-command.ts';
import { addValidateCommand } from './validate-command.ts';

/**
 * The whole command line.
 * @param argv without node and script
 * @returns the exit code: 0 as asked, 1 failed, 2 could not verify; every failure has been told
 */
export async function runCommandLine(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  let exitCode: ExitCode = ExitCode.ok;
  const program = buildProgram(io, async (command, handler) => {
    exitCode = await invoke(io, command, handler);
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    // Help and the version are printed when they are asked for, and help where no command was named.
    if (error instanceof CommanderError && /^commander\.(help|version)/.test(error.code)) {
      return error.exitCode === 0 ? ExitCode.ok : ExitCode.failed;
    }
    return reportFailure(io, operatorError(error, commandPath(program, argv)), argv.includes('--json'));
  }
}

/** Says what can be asked; `run` carries it out. */
export function buildProgram(io: CommandIo, run: Run): Command {
  const program = new Command('msr')
    .description(
      'Backups of an MSR database that restore, and recoveries that lose nothing and double nothing.',
    )
    .version(VERSION, '-V, --version', 'the version of msr')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      // reportFailure tells it, with a HINT.
      outputError: () => {},
    });
  addBackupCommand(program, run);
  addBackupCommands(program, run);
  addRecoverCommand(program, run);
  addDrillCommand(program, run);
  addRecoveriesCommands(program, run);
  addApproveCommands(program, run);
  addQuarantineCommands(program, run);
  addValidateCommand(program, run);
  addCleanupCommand(program, run);
  addGuardCommand(program, run);
  addDoctorCommand(program, run);
  addHealthCommand(program, run);
  addKafkaCommands(program, run);
  addMaintenanceCommands(program, run);
  addMonitorsCommands(program, run);
  addConfigurationCommands(program, run);
  addSessionCommands(program, run);
  addStatusCommand(program, run);
  return program;
}

/** The command that the words name, as far as they name one: `msr backups show`. */
function commandPath(program: Command, argv: readonly string[]): string {
  const names = [program.name()];
  let command = program;
  for (const word of argv) {
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next === undefined) break;
    names.push(word);
    command = next;
  }
  return names.join(' ');
}
