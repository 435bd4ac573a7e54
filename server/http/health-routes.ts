import { Router } from 'express';
import type { Registry } from 'prom-client';

/** One thing that has to be so before a node may be sent traffic. */
export interface ReadinessCheck {
  readonly name: string;
  /** Null when all is well, else what is missing. */
  readonly problem: () => string | null;
  /** False for what is worth saying but no reason to send traffic elsewhere. */
  readonly isRequired: boolean;
}

/**
 * `/healthz` says the process serves; `/readyz` says whether it can decide calls, and what each check
 * found; `/metrics` is for Prometheus. None of them shows data of customers.
 */
export function healthRoutes(checks: readonly ReadinessCheck[], registry: Registry): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', (_request, response) => {
    const results = checks.map(({ name, isRequired, problem }) => {
      const found = problem();
      return { name, ok: found === null, required: isRequired, ...(found && { problem: found }) };
    });
    const isReady = results.every((result) => result.ok || !result.required);
    response.status(isReady ? 200 : 503).json({ ready: isReady, checks: results });
  });
  router.get('/metrics', async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  return router;
}
