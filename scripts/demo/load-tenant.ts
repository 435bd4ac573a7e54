import {
  accountStore,
  assignmentStore,
  carrierStore,
  didStore,
  domainStore,
  extensionStore,
  gatewayStore,
  menuStore,
  packageStore,
  planStore,
  releaseStore,
  sheetStore,
} from '../../db/repositories/admin/stores.js';
import { createAccount } from '../../server/admin/accounts.js';
import { createCarrier, createGateway } from '../../server/admin/carriers.js';
import type { Actor, AdminDeps } from '../../server/admin/context.js';
import { createDid } from '../../server/admin/dids.js';
import { createDomain } from '../../server/admin/domains.js';
import { createExtension } from '../../server/admin/extensions.js';
import { createMenu } from '../../server/admin/ivr-menus.js';
import { createPlan } from '../../server/admin/lcr-plans.js';
import { createAssignment } from '../../server/admin/package-assignments.js';
import { createPackage } from '../../server/admin/packages.js';
import { addPayment } from '../../server/admin/payments.js';
import type { MoneyTarget, WalletTarget } from '../../server/admin/payments.js';
import { addRows } from '../../server/admin/rate-rows.js';
import { createSheet } from '../../server/admin/rate-sheets.js';
import { activateRelease, createRelease } from '../../server/admin/releases.js';
import type { TenantData } from './tenant-data.js';

/** The names of what was made; what was there before is left as it is, whatever it says. */
export class LoadReport {
  readonly made: string[] = [];
}

interface Loading {
  readonly deps: AdminDeps;
  readonly actor: Actor;
  readonly report: LoadReport;
}

type Of<K extends Exclude<keyof TenantData, 'switch'>> = TenantData[K][number];

/**
 * Makes everything in the data that does not exist yet, through the services the API uses. Each step
 * looks first, so a run that was interrupted is finished by the next one.
 */
export async function loadTenant(
  deps: AdminDeps,
  actor: Actor,
  data: TenantData,
): Promise<LoadReport> {
  const loading = { deps, actor, report: new LoadReport() };
  for (const sheet of data.sheets) await loadSheet(loading, sheet);
  for (const carrier of data.carriers) await loadCarrier(loading, carrier);
  for (const plan of data.plans) await loadPlan(loading, plan);
  for (const account of data.accounts) await loadAccount(loading, account);
  return loading.report;
}

interface Found {
  readonly id: number;
}

async function ensure<Row extends Found>(
  { report }: Loading,
  what: string,
  find: () => Promise<Row | undefined>,
  make: () => Promise<Row>,
): Promise<Row> {
  const found = await find();
  if (found !== undefined) return found;
  const made = await make();
  report.made.push(what);
  return made;
}

async function need(what: string, find: Promise<Found | undefined>): Promise<number> {
  const found = await find;
  if (found === undefined) throw new Error(`${what}: found none, expected it earlier in the data`);
  return found.id;
}

async function loadSheet(loading: Loading, sheet: Of<'sheets'>): Promise<void> {
  const { deps, actor } = loading;
  const db = deps.database.orm;
  const { rows, effective_from: effectiveFrom, ...fields } = sheet;
  const { id: sheetId } = await ensure(
    loading,
    `rate sheet ${sheet.name}`,
    () => sheetStore.findBy(db, { name: sheet.name }),
    () => createSheet(deps, actor, fields),
  );
  await ensure(
    loading,
    `release of ${sheet.name} with ${rows.length} rows`,
    () => releaseStore.findBy(db, { sheetId, status: 'active' }),
    async () => {
      const draft =
        (await releaseStore.findBy(db, { sheetId, status: 'draft' })) ??
        (await createRelease(deps, actor, sheetId, { effective_from: effectiveFrom }));
      const filled = draft.rowCount > 0 ? draft : await fill(loading, draft.id, rows);
      const target = { id: draft.id, version: filled.version };
      return activateRelease(deps, actor, target, { effective_from: effectiveFrom });
    },
  );
}

async function fill({ deps, actor }: Loading, releaseId: number, rows: Of<'sheets'>['rows']) {
  return (await addRows(deps, actor, releaseId, { rows })).release;
}

async function loadCarrier(loading: Loading, carrier: Of<'carriers'>): Promise<void> {
  const { deps, actor } = loading;
  const db = deps.database.orm;
  const { gateways, rate_sheet: sheetName, ...fields } = carrier;
  const { id: carrierId } = await ensure(
    loading,
    `carrier ${carrier.code}`,
    () => carrierStore.findBy(db, { code: carrier.code }),
    async () =>
      createCarrier(deps, actor, { ...fields, rate_sheet_id: await sheetId(loading, sheetName) }),
  );
  for (const gateway of gateways) {
    await ensure(
      loading,
      `gateway ${gateway.name}`,
      () => gatewayStore.findBy(db, { name: gateway.name }),
      () => createGateway(deps, actor, { ...gateway, carrier_id: carrierId }),
    );
  }
}

async function loadPlan(loading: Loading, plan: Of<'plans'>): Promise<void> {
  const { deps, actor } = loading;
  const db = deps.database.orm;
  await ensure(
    loading,
    `plan ${plan.name}`,
    () => planStore.findBy(db, { name: plan.name }),
    async () => {
      const carriers = [];
      for (const code of plan.carriers) {
        const id = await need(`carrier ${code}`, carrierStore.findBy(db, { code }));
        carriers.push({ carrier_id: id });
      }
      return createPlan(deps, actor, { ...plan, carriers });
    },
  );
}

async function loadAccount(loading: Loading, account: Of<'accounts'>): Promise<void> {
  const { deps, actor } = loading;
  const db = deps.database.orm;
  const { domains, ivr_menus: menus, dids, packages, has_packages, credit, ...rest } = account;
  const { parent, rate_sheet: sheetName, lcr_plan: planName, ...fields } = rest;
  const { id: accountId } = await ensure(
    loading,
    `account ${account.code}`,
    () => accountStore.findBy(db, { code: account.code }),
    async () =>
      createAccount(deps, actor, {
        ...fields,
        parent_id:
          parent === null
            ? null
            : await need(`account ${parent}`, accountStore.findBy(db, { code: parent })),
        rate_sheet_id: sheetName === null ? null : await sheetId(loading, sheetName),
        lcr_plan_id:
          planName === null
            ? null
            : await need(`plan ${planName}`, planStore.findBy(db, { name: planName })),
      }),
  );
  const target = { accountId, postingKey: `seed:credit:${account.code}` };
  await loadCredit(loading, account.code, target, credit);
  for (const domain of domains) await loadDomain(loading, accountId, domain);
  for (const menu of menus) {
    await ensure(
      loading,
      `menu ${menu.name}`,
      () => menuStore.findBy(db, { name: menu.name }),
      () => createMenu(deps, actor, { ...menu, account_id: accountId }),
    );
  }
  for (const did of dids) await loadDid(loading, accountId, did);
  for (const granted of packages) {
    await ensure(
      loading,
      `package ${granted.name}`,
      () => packageStore.findBy(db, { accountId, name: granted.name }),
      () => createPackage(deps, actor, { ...granted, account_id: accountId }),
    );
  }
  for (const had of has_packages) await loadAssignment(loading, account.code, accountId, had);
}

async function loadCredit(
  { deps, actor, report }: Loading,
  owner: string,
  target: MoneyTarget | WalletTarget,
  credit: string | null,
): Promise<void> {
  if (credit === null) return;
  const { posted } = await addPayment(deps, actor, target, { amount: credit, memo: 'Demo credit' });
  if (posted) report.made.push(`credit of ${credit} for ${owner}`);
}

async function loadAssignment(
  loading: Loading,
  code: string,
  accountId: number,
  had: Of<'accounts'>['has_packages'][number],
): Promise<void> {
  const { deps, actor } = loading;
  const { package: name, extension, ...days } = had;
  const db = deps.database.orm;
  const packageId = await need(`package ${name}`, packageStore.findBy(db, { name }));
  const owner = extension === undefined ? null : await extensionId(loading, extension);
  await ensure(
    loading,
    `package ${name} of ${extension ?? code}`,
    () => assignmentStore.findBy(db, { packageId, accountId, extensionId: owner }),
    () =>
      createAssignment(deps, actor, {
        ...days,
        package_id: packageId,
        account_id: accountId,
        extension_id: owner,
      }),
  );
}

async function loadDomain(
  loading: Loading,
  accountId: number,
  domain: Of<'accounts'>['domains'][number],
): Promise<void> {
  const { deps, actor } = loading;
  const db = deps.database.orm;
  const { id: domainId } = await ensure(
    loading,
    `domain ${domain.name}`,
    () => domainStore.findBy(db, { name: domain.name }),
    () => createDomain(deps, actor, { account_id: accountId, name: domain.name }),
  );
  for (const { credit, ...extension } of domain.extensions) {
    const address = `${extension.number}@${domain.name}`;
    const { id, funds } = await ensure(
      loading,
      `extension ${address}`,
      () => extensionStore.findBy(db, { domainId, number: extension.number }),
      () => createExtension(deps, actor, { ...extension, domain_id: domainId }),
    );
    const target = { extensionId: id, postingKey: `seed:credit:${address}` };
    // Somebody may have taken its own money away since; then there is nothing to credit.
    if (funds === 'own') await loadCredit(loading, address, target, credit);
  }
}

async function loadDid(
  loading: Loading,
  accountId: number,
  did: Of<'accounts'>['dids'][number],
): Promise<void> {
  const { deps, actor } = loading;
  const { extension, ivr_menu: menu, rate_sheet: sheetName, ...fields } = did;
  const db = deps.database.orm;
  await ensure(
    loading,
    `DID ${did.number}`,
    () => didStore.findBy(db, { number: did.number }),
    async () =>
      createDid(deps, actor, {
        ...fields,
        account_id: accountId,
        rate_sheet_id: sheetName === null ? null : await sheetId(loading, sheetName),
        extension_id: extension === undefined ? null : await extensionId(loading, extension),
        ivr_menu_id:
          menu === undefined
            ? null
            : await need(`menu ${menu}`, menuStore.findBy(db, { name: menu })),
      }),
  );
}

function sheetId({ deps }: Loading, name: string): Promise<number> {
  return need(`rate sheet ${name}`, sheetStore.findBy(deps.database.orm, { name }));
}

async function extensionId({ deps }: Loading, address: string): Promise<number> {
  const db = deps.database.orm;
  const [number = '', domain = ''] = address.split('@');
  const domainId = await need(`domain ${domain}`, domainStore.findBy(db, { name: domain }));
  return need(`extension ${address}`, extensionStore.findBy(db, { domainId, number }));
}
