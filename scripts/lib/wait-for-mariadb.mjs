// Waits until the server behind a Unix socket greets, which it does only when it takes queries.
// Usage: node wait-for-mariadb.mjs SOCKET PID. Fails when the process ends first or time runs out.
import { connect } from 'node:net';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';

const DEADLINE_MS = 120_000;
const PAUSE_MS = 50;

const [, , socketPath = '', pidText = ''] = process.argv;
const startedMs = Date.now();

while (!(await greets(socketPath))) {
  if (!isAlive(Number(pidText)) || Date.now() - startedMs > DEADLINE_MS) process.exit(1);
  await pause(PAUSE_MS);
}

/** Recovery after a crash can take a while; the connection is accepted before the greeting comes. */
function greets(path) {
  return new Promise((resolve) => {
    const socket = connect(path);
    const done = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => done(false));
    socket.once('data', () => done(true));
    socket.once('error', () => done(false));
    socket.once('close', () => done(false));
  });
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
