import { existsSync, readFileSync } from 'node:fs';
import type { AdminDeps } from '../../server/admin/context.js';
import { scriptActor } from '../../server/admin/context.js';
import { freeswitchVarsText, writeFreeswitchVars } from './freeswitch-vars.js';
import type { FreeswitchVars } from './freeswitch-vars.js';
import { loadTenant } from './load-tenant.js';
import { ensureApiKey, ensureSwitch, readLocalAccess, writeLocalAccess } from './local-access.js';
import { tenantData } from './tenant-data.js';
import type { TenantInput } from './tenant-data.js';

export interface SeedTargets {
  /** Where the engine will listen, such as `http://127.0.0.1:8080`. */
  readonly engineUrl: string;
  readonly localFile: string;
  readonly variablesFile: string;
}

/**
 * Loads a tenant and writes down how to use it. Returns what was done, one thing a line; nothing on
 * a second run. The local file is written last: where it is, everything before it is there too.
 */
export async function seed(
  deps: Omit<AdminDeps, 'allowWeakPasswords'>,
  input: TenantInput,
  targets: SeedTargets,
): Promise<readonly string[]> {
  const data = tenantData.parse(input);
  const actor = scriptActor('seed');
  // The demo's phones have passwords that everybody knows, as the recorded traffic has.
  const weak = { ...deps, allowWeakPasswords: true };
  const known = readLocalAccess(targets.localFile);
  const { made } = await loadTenant(weak, actor, data);
  const access = await ensureSwitch(deps, actor, data.switch, known);
  const apiKey = await ensureApiKey(deps, actor, known);
  const { row } = access;
  const wroteVars = writeVars(targets.variablesFile, {
    switchName: row.name,
    xmlUrl: `${targets.engineUrl}/freeswitch/xml`,
    cdrUrl: `${targets.engineUrl}/freeswitch/cdr`,
    credentials: `${row.httpUsername}:${access.httpPassword}`,
    eslPort: row.eslPort,
    eslPassword: access.eslPassword,
  });
  const wroteLocal = writeLocalAccess(targets.localFile, {
    engineUrl: targets.engineUrl,
    apiKey: apiKey.key,
    freeswitchUser: row.httpUsername,
    freeswitchPassword: access.httpPassword,
    eslHost: row.eslHost,
    eslPort: row.eslPort,
    eslPassword: access.eslPassword,
    phones: phonesOf(data),
    freeswitch: {
      user: row.httpUsername,
      password: access.httpPassword,
      variablesFile: targets.variablesFile,
    },
  });
  return [
    ...made,
    ...[access.done, apiKey.done].filter((done) => done !== null),
    ...(wroteVars ? [targets.variablesFile] : []),
    ...(wroteLocal ? [targets.localFile] : []),
  ];
}

function writeVars(path: string, vars: FreeswitchVars): boolean {
  if (existsSync(path) && readFileSync(path, 'utf8') === freeswitchVarsText(vars)) return false;
  writeFreeswitchVars(path, vars);
  return true;
}

function phonesOf(data: ReturnType<typeof tenantData.parse>) {
  return data.accounts.flatMap((account) =>
    account.domains.flatMap((domain) =>
      // A mobile extension has no password, and no phone that could register.
      domain.extensions.flatMap(({ number, password }) =>
        password === undefined ? [] : [{ user: number, domain: domain.name, password }],
      ),
    ),
  );
}
