import { hostname } from 'node:os';
import process from 'node:process';

const HOST = hostname()
  .replace(/[^\x21-\x7e]|[#/]/g, '-')
  .slice(0, 40);

/** Imports that this process is at work on: one of its own that is not among them was left behind. */
const underWay = new Set<string>();

/** Names this process among all that may work on imports: its machine and its number there. */
export function processName(): string {
  return `${HOST}/${String(process.pid)}`;
}

export function isUnderWay(importId: string): boolean {
  return underWay.has(importId);
}

/** Notes an import as this process's own while `work` runs. */
export async function whileUnderWay<T>(importId: string, work: () => Promise<T>): Promise<T> {
  underWay.add(importId);
  try {
    return await work();
  } finally {
    underWay.delete(importId);
  }
}

/**
 * True when the process that worked on an import is known to be gone. Only this machine's processes
 * can be asked after; of others nothing is known until their lease runs out.
 */
export function isGone(owner: string | null, importId: string): boolean {
  if (owner === null) return true;
  const [host, pid = ''] = owner.split('/');
  if (host !== HOST || !/^\d{1,9}$/.test(pid)) return false;
  if (owner === processName()) return !underWay.has(importId);
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    // EPERM: there is such a process, and it is somebody else's.
    return Reflect.get(Object(error), 'code') === 'ESRCH';
  }
}
