import { createHash } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { openDatabase } from '../../db/client.js';
import type { Database } from '../../db/client.js';
import { bumpConfigVersions, CONFIG_AREAS } from '../../db/repositories/config-versions.js';
import { postTransactions } from '../../db/repositories/ledger.js';
import {
  accounts,
  carriers,
  domains,
  extensions,
  gateways,
  lcrPlanCarriers,
  lcrPlans,
  rateActivations,
  rateReleases,
  rateRows,
  rateSheets,
  switches,
} from '../../db/schema/index.js';
import { paymentPosting } from '../../rating/ledger/postings.js';
import { createSecrets } from '../../server/secrets.js';
import { randomPrefixes } from './random-deck.js';

export const BENCH = {
  httpUser: 'bench',
  httpPassword: 'bench-password',
  eslPassword: 'bench-esl',
  secretKey: 'ab'.repeat(32),
  domain: 'acme.example',
  extension: '1001',
  password: 'pw1001',
} as const;

export interface BenchSize {
  readonly carriers: number;
  readonly ratesPerSheet: number;
}

const ROWS_PER_INSERT = 5000;
const LONG_AGO = new Date('2020-01-01T00:00:00Z');

/** What was put in: the sheet of the customer with its release, and those of the carriers. */
export interface BenchSheets {
  readonly retail: BenchSheet;
  readonly carriers: readonly BenchSheet[];
}

export interface BenchSheet {
  readonly sheetId: number;
  readonly releaseId: number;
  readonly rows: number;
}

/** Fills an empty schema: one customer with a large balance, a plan of carriers, full decks. */
export async function fillBenchDatabase(
  url: string,
  size: BenchSize,
  eslPort: number,
): Promise<BenchSheets> {
  const database = openDatabase({ url, poolSize: 4 });
  try {
    const retail = await addSheet(database, 'Retail');
    await insertDeck(database, retail.releaseId, size.ratesPerSheet);
    const rows = await activate(database, retail, 'active');
    const carrierSheets = await addPlan(database, size, { ...retail, rows });
    await addCustomer(database, retail.sheetId, carrierSheets.planId);
    await addSwitch(database, eslPort);
    await bumpConfigVersions(database.orm, CONFIG_AREAS);
    return { retail: { ...retail, rows }, carriers: carrierSheets.sheets };
  } finally {
    await database.close();
  }
}

type EmptySheet = Omit<BenchSheet, 'rows'>;

async function addSheet(database: Database, name: string): Promise<EmptySheet> {
  const terms = { name, currency: 'USD', timeZone: 'UTC' };
  const [sheet] = await database.orm.insert(rateSheets).values(terms).$returningId();
  const sheetId = idOf(sheet);
  return { sheetId, releaseId: await addRelease(database, sheetId, 1) };
}

/**
 * An empty release that nodes take no notice of: one that is `importing` they would clear away, as
 * nobody's import says that it is still at work.
 */
export async function addRelease(
  database: Database,
  sheetId: number,
  number: number,
): Promise<number> {
  const [release] = await database.orm
    .insert(rateReleases)
    .values({ sheetId, number, status: 'discarded', effectiveFrom: LONG_AGO })
    .$returningId();
  return idOf(release);
}

/** Counts the rows; an active release prices calls since long ago. */
async function activate(
  database: Database,
  { sheetId, releaseId }: EmptySheet,
  status: 'active' | 'draft',
): Promise<number> {
  const [counted] = await database.orm
    .select({ rows: sql<number>`count(*)` })
    .from(rateRows)
    .where(eq(rateRows.releaseId, releaseId));
  const rowCount = Number(counted?.rows);
  await database.orm
    .update(rateReleases)
    // Nodes load imported drafts ahead, and those only.
    .set({
      rowCount,
      status,
      activatedAt: status === 'active' ? LONG_AGO : null,
      importId: uuidv7(),
    })
    .where(eq(rateReleases.id, releaseId));
  if (status === 'active') {
    await database.orm.insert(rateActivations).values({
      sheetId,
      number: 1,
      releaseId,
      kind: 'activation',
      effectiveFrom: LONG_AGO,
    });
  }
  return rowCount;
}

/** Sends the rows of a realistic deck, all at one price, so that every call leaves a margin. */
async function insertDeck(database: Database, releaseId: number, rows: number): Promise<void> {
  let values: SQL[] = [];
  const send = async (): Promise<void> => {
    if (values.length === 0) return;
    await database.orm.execute(
      sql`insert into rate_rows (release_id, prefix, destination, rate_per_minute) values ${sql.join(values, sql`, `)}`,
    );
    values = [];
  };
  for (const prefix of randomPrefixes(rows, 1)) {
    // Digits of our own making, written out because a statement of parameters takes twice as long.
    values.push(sql.raw(`(${String(releaseId)}, '${prefix}', 'Zone ${prefix.slice(0, 3)}', 0.05)`));
    if (values.length >= ROWS_PER_INSERT) await send();
  }
  await send();
}

/** The rows of one release in another, at another price, without leaving the server. */
export async function copyRows(
  database: Database,
  from: number,
  to: number,
  rate: string,
): Promise<void> {
  await database.orm.execute(
    sql`insert into rate_rows (release_id, prefix, destination, rate_per_minute)
      select ${to}, prefix, destination, ${rate} from rate_rows where release_id = ${from}`,
  );
}

/** Hands a copied release to the nodes as a draft, which they load ahead. */
export async function publishDraft(database: Database, sheet: EmptySheet): Promise<void> {
  await activate(database, sheet, 'draft');
  await bumpConfigVersions(database.orm, ['rates']);
}

async function addPlan(
  database: Database,
  size: BenchSize,
  source: BenchSheet,
): Promise<{ readonly planId: number; readonly sheets: readonly BenchSheet[] }> {
  const plan = { name: 'Bench', strategy: 'cheapest', maxRoutes: 5 } as const;
  const [row] = await database.orm.insert(lcrPlans).values(plan).$returningId();
  const planId = idOf(row);
  const sheets: BenchSheet[] = [];
  for (let index = 0; index < size.carriers; index += 1) {
    const sheet = await addSheet(database, `Carrier ${String(index)}`);
    await copyRows(database, source.releaseId, sheet.releaseId, `0.0${String(100 + index)}`);
    sheets.push({ ...sheet, rows: await activate(database, sheet, 'active') });
    const [carrier] = await database.orm
      .insert(carriers)
      .values({
        code: `C${String(index)}`,
        name: `Carrier ${String(index)}`,
        currency: 'USD',
        rateSheetId: sheet.sheetId,
      })
      .$returningId();
    const carrierId = idOf(carrier);
    await database.orm.insert(lcrPlanCarriers).values({ planId, carrierId });
    await database.orm.insert(gateways).values({
      carrierId,
      name: `gw${String(index)}`,
      proxy: '127.0.0.1:17001',
      inboundCidrs: ['127.0.0.1/32'],
    });
  }
  return { planId, sheets };
}

async function addCustomer(database: Database, sheetId: number, planId: number): Promise<void> {
  const common = { billingMode: 'prepaid', currency: 'USD', timeZone: 'UTC' } as const;
  const [operator] = await database.orm
    .insert(accounts)
    .values({ ...common, kind: 'operator', code: 'OP', name: 'Operator' })
    .$returningId();
  const [customer] = await database.orm
    .insert(accounts)
    .values({
      ...common,
      kind: 'customer',
      code: 'ACME',
      name: 'Acme',
      parentId: idOf(operator),
      rateSheetId: sheetId,
      lcrPlanId: planId,
    })
    .$returningId();
  const accountId = idOf(customer);
  const [domain] = await database.orm
    .insert(domains)
    .values({ accountId, name: BENCH.domain })
    .$returningId();
  await database.orm.insert(extensions).values(
    ['1001', '1002'].map((number) => ({
      accountId,
      domainId: idOf(domain),
      number,
      name: number,
      a1Hash: createHash('md5').update(`${number}:${BENCH.domain}:pw${number}`).digest('hex'),
    })),
  );
  await database.orm.transaction((tx) =>
    postTransactions(tx, [
      {
        idempotencyKey: 'bench-credit',
        kind: 'payment',
        reference: 'bench',
        entries: paymentPosting({ accountId, amount: '100000000', currency: 'USD' }),
      },
    ]),
  );
}

async function addSwitch(database: Database, eslPort: number): Promise<void> {
  await database.orm.insert(switches).values({
    name: 'bench',
    httpUsername: BENCH.httpUser,
    httpPasswordHash: createHash('sha256').update(BENCH.httpPassword).digest('hex'),
    allowedCidrs: ['127.0.0.1/32'],
    eslHost: '127.0.0.1',
    eslPort,
    eslPasswordSealed: createSecrets(BENCH.secretKey).seal(BENCH.eslPassword),
    sipIp: '127.0.0.1',
    rtpIp: '127.0.0.1',
  });
}

/** Puts the switch's profiles on ports of their own. */
export async function setSwitchPorts(
  url: string,
  ports: { readonly internal: number; readonly external: number },
): Promise<void> {
  const database = openDatabase({ url, poolSize: 1 });
  try {
    const { internal: internalPort, external: externalPort } = ports;
    await database.orm.update(switches).set({ internalPort, externalPort });
  } finally {
    await database.close();
  }
}

function idOf(row: { readonly id: number } | undefined): number {
  if (row === undefined) throw new Error('insert returned no id');
  return row.id;
}
