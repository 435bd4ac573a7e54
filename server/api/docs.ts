import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import express from 'express';
import type { Response, Router } from 'express';

/** The page's three files, beside the sources and not in the build. */
const FOLDER = fileURLToPath(new URL('../../../server/api/docs/', import.meta.url));

const FILES = [
  { path: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/docs.js', file: 'docs.js', type: 'text/javascript; charset=utf-8' },
  { path: '/docs.css', file: 'docs.css', type: 'text/css; charset=utf-8' },
] as const;

/** Nothing from elsewhere, nothing inline: what the page shows it fetches from this server. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** A readable page of the OpenAPI document. */
export function docsRouter(): Router {
  const router = express.Router();
  for (const { path, file, type } of FILES) {
    const content = readFileSync(FOLDER + file);
    router.get(path, (_req, res: Response) => {
      res.set({ 'Content-Type': type, 'Content-Security-Policy': POLICY }).send(content);
    });
  }
  return router;
}
