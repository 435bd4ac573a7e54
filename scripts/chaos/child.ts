import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { existsSync } from 'node:fs';

const SETPRIV = '/usr/bin/setpriv';

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly stdio: StdioOptions;
  /** Runs as this user instead, where that is possible. */
  readonly user?: string;
}

/**
 * Starts a process that the kernel kills when this one dies, however it dies: a run that is ended by
 * SIGKILL leaves nothing behind either. Where `setpriv` is missing, only an orderly end cleans up.
 * The user is changed by `setpriv` too, because a later change would take the kernel's promise back.
 */
export function startTied(options: ChildOptions): ChildProcess {
  const { command, args, env, stdio, user } = options;
  if (!existsSync(SETPRIV)) return spawn(command, args, { env, stdio, detached: true });
  const become = user === undefined ? [] : [`--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
  const all = ['--pdeathsig', 'KILL', ...become, '--', command, ...args];
  // A session of its own: Ctrl-C reaches the harness only, which stops things in order.
  return spawn(SETPRIV, all, { env, stdio, detached: true });
}

/** Resolves when it has ended, at once if it has. */
export function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

export async function killNow(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await ended(child);
}
