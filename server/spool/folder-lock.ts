import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { platform } from 'node:process';

/** Another living process writes to the folder. */
export class FolderInUseError extends Error {
  readonly code = 'spool_in_use';
}

/**
 * Takes a folder for this process; the returned function gives it back. On Linux it is an abstract
 * Unix socket named after the folder: the kernel lets go of it when the process ends, however it
 * ends, so there is nothing stale to judge, as a file with a process id would be. Elsewhere nothing is
 * locked, and only `NODE_ID` keeps nodes apart.
 *
 * @throws FolderInUseError
 */
export async function lockFolder(realPath: string): Promise<() => void> {
  if (platform !== 'linux') return () => undefined;
  const name = createHash('sha256').update(realPath).digest('hex').slice(0, 40);
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const inUse = new FolderInUseError(
        `spool: found ${realPath} in use by another process, expected one node only; ` +
          'give each node a NODE_ID of its own',
      );
      reject(error.code === 'EADDRINUSE' ? inUse : error);
    });
    server.listen(`\0ringledger-spool-${name}`, resolve);
  });
  // A lock alone must not keep the process alive.
  server.unref();
  return () => {
    server.close();
  };
}
