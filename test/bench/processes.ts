import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync, readlinkSync, readdirSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

/** Processor seconds a process has used, its own and the kernel's for it. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const user = Number(fields[11] ?? 0);
  const system = Number(fields[12] ?? 0);
  return (user + system) / TICKS_PER_SECOND;
}

/** Resident memory in MB. */
export function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
}

/** The most resident memory a process ever had, in MB; 0 for one that has ended. */
export function peakMb(pid: number): number {
  try {
    const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** The one process whose command line has all these texts. @throws Error when there is none. */
export function findProcess(...texts: readonly string[]): number {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      if (texts.every((text) => line.includes(text))) return Number(name);
    } catch {
      // One that just ended.
    }
  }
  throw new Error(`no process has ${texts.join(' and ')} in its command line`);
}

/** The database server behind a Unix socket on this machine, when it can be told. */
export function findMariadb(): number | null {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (readlinkSync(`/proc/${name}/exe`).endsWith('/mariadbd')) return Number(name);
    } catch {
      // Another user's process, or one that just ended.
    }
  }
  return null;
}

/** Starts a child and resolves when it has printed a line that matches. */
export function startChild(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  ready: RegExp,
): Promise<{ readonly child: ChildProcess; readonly match: RegExpExecArray }> {
  const child = spawn(process.execPath, [...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text: string) => {
      output = `${output}${text}`.slice(-100_000);
      const match = ready.exec(output);
      if (match !== null) resolve({ child, match });
    });
    child.once('exit', (code) => {
      reject(new Error(`${args.join(' ')} ended with ${String(code)}: ${output.slice(-2000)}`));
    });
  });
}

/**
 * Resolves when a child, once started, prints a text that matches; rejects when it ends before, or does
 * not in time.
 */
export function waitForOutput(
  child: ChildProcess,
  wanted: RegExp,
  timeoutS: number,
): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let output = '';
    const late = setTimeout(() => {
      reject(new Error(`${String(wanted)} was not printed in ${String(timeoutS)} s`));
    }, timeoutS * 1000);
    const look = (text: string): void => {
      output = `${output}${text}`.slice(-100_000);
      const match = wanted.exec(output);
      if (match === null) return;
      child.stdout?.off('data', look);
      clearTimeout(late);
      resolve(match);
    };
    child.stdout?.on('data', look);
    child.once('exit', (code) => {
      reject(new Error(`ended with ${String(code)} before it printed ${String(wanted)}`));
    });
  });
}

export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

/** Runs a child to its end and reads the JSON it printed. */
export function runJsonChild(args: readonly string[]): Promise<unknown> {
  const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text: string) => (output += text));
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(output));
      else
        reject(new Error(`${String(args[0])} ended with ${String(code)}: ${output.slice(-2000)}`));
    });
  });
}
