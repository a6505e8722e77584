/**
 * A process of its own that keeps ONE engine: `node supervisor.ts <signal> <grace ms> <command> [args…]`.
 * Its standard input is a pipe that nobody writes to: the pipe ends when the parent closes it (an orderly
 * stop) and just the same when the parent dies of anything, kill -9 included. Then the engine is asked to end
 * by <signal>, and after the grace its whole process group is killed. It runs in its own session: a Ctrl-C at
 * the terminal reaches the parent only, and engines end in the order that the parent chooses.
 */
import { spawn } from 'node:child_process';

const [signal = 'SIGTERM', grace = '10000', command = '', ...args] = process.argv.slice(2);

const engine = spawn(command, args, { detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
let stopping = false;

function killGroup(): void {
  if (engine.pid === undefined) return;
  try {
    process.kill(-engine.pid, 'SIGKILL');
  } catch (error) {
    // ESRCH: every process of the group has ended already, which is what we want.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function stop(): void {
  if (stopping) return;
  stopping = true;
  // The leader alone: it ends its own children in order (PostgreSQL's backends take SIGINT for a cancel).
  engine.kill(signal as NodeJS.Signals);
  setTimeout(killGroup, Number(grace)).unref();
}

engine.once('error', (error) => {
  console.error(`supervisor: cannot start ${command}: ${error.message}`);
  process.exit(127);
});
engine.once('exit', (code) => {
  killGroup();
  process.exit(code ?? 1);
});
process.stdin.resume();
process.stdin.once('close', stop);
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
process.once('SIGHUP', stop);
