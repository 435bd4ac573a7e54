import { chmodSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one run. It goes, and what runs on it ends, however this process ends but by SIGKILL. */
export interface RunFolder {
  readonly path: string;
  remove(): void;
}

export function openRunFolder(): RunFolder {
  const path = mkdtempSync(join(tmpdir(), 'ringledger-cluster-'));
  // The database servers are another user and have folders of their own in it.
  chmodSync(path, 0o711);
  const remove = (): void => {
    killProcessesOf(path);
    if (process.env['KEEP_CLUSTER'] === undefined) rmSync(path, { recursive: true, force: true });
  };
  const end = (): void => {
    remove();
    process.exit(130);
  };
  process.once('exit', remove);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.prependListener(signal, end);
  return {
    path,
    remove: () => {
      process.off('exit', remove);
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, end);
      remove();
    },
  };
}

/**
 * Ends what has an open file below the folder: the servers and what they start to copy their data to
 * each other. Found by their files, because those helpers are no children of ours.
 */
function killProcessesOf(folder: string): void {
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (Number.isInteger(pid) && pid !== process.pid && hasFileBelow(pid, folder)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
  }
}

function hasFileBelow(pid: number, folder: string): boolean {
  try {
    const files = `/proc/${String(pid)}/fd`;
    return readdirSync(files).some((fd) => readlinkSync(join(files, fd)).startsWith(folder));
  } catch {
    return false;
  }
}
