import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, Response } from 'express';

const timers = new WeakMap<IncomingMessage, NodeJS.Timeout>();

/**
 * Cuts connections whose body does not arrive in time, so that slow senders cannot hold them all.
 * Node's own limit knows no exceptions, and uploads of files need one: see {@link liftBodyDeadline}.
 */
export function bodyDeadline(ms: number) {
  return (request: Request, _response: Response, next: NextFunction): void => {
    const { headers } = request;
    const hasBody =
      headers['transfer-encoding'] !== undefined ||
      (headers['content-length'] !== undefined && headers['content-length'] !== '0');
    if (hasBody) watch(request, ms);
    next();
  };
}

function watch(request: IncomingMessage, ms: number): void {
  const timer = setTimeout(() => {
    if (!request.complete) request.socket.destroy();
  }, ms).unref();
  timers.set(request, timer);
  const lift = (): void => {
    clearTimeout(timer);
  };
  request.once('end', lift);
  request.once('close', lift);
}

/** For a body that is read as it arrives and has limits of its own. */
export function liftBodyDeadline(request: IncomingMessage): void {
  clearTimeout(timers.get(request));
}
