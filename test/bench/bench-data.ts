import { createHash } from 'node:crypto';
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
  rateReleases,
  rateRows,
  rateSheets,
  switches,
} from '../../db/schema/index.js';
import { paymentPosting } from '../../rating/ledger/postings.js';
import { createSecrets } from '../../server/secrets.js';

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

const ROWS_PER_INSERT = 2000;
const LONG_AGO = new Date('2020-01-01T00:00:00Z');

/** Fills an empty schema: one customer with a large balance, a plan of carriers, full decks. */
export async function fillBenchDatabase(
  url: string,
  size: BenchSize,
  eslPort: number,
): Promise<void> {
  const database = openDatabase({ url, poolSize: 4 });
  try {
    const retail = await addSheet(database, 'Retail', '0.05', size.ratesPerSheet);
    const planId = await addPlan(database, size);
    await addCustomer(database, retail, planId);
    await addSwitch(database, eslPort);
    await bumpConfigVersions(database.orm, CONFIG_AREAS);
  } finally {
    await database.close();
  }
}

async function addSheet(
  database: Database,
  name: string,
  rate: string,
  rows: number,
): Promise<number> {
  const terms = { name, currency: 'USD', timeZone: 'UTC' };
  const [sheet] = await database.orm.insert(rateSheets).values(terms).$returningId();
  const sheetId = idOf(sheet);
  const [release] = await database.orm
    .insert(rateReleases)
    .values({
      sheetId,
      number: 1,
      status: 'active',
      effectiveFrom: LONG_AGO,
      activatedAt: LONG_AGO,
      rowCount: rows,
    })
    .$returningId();
  const releaseId = idOf(release);
  for (let at = 0; at < rows; at += ROWS_PER_INSERT) {
    const count = Math.min(ROWS_PER_INSERT, rows - at);
    const values = Array.from({ length: count }, (_, index) => ({
      releaseId,
      prefix: benchPrefix(at + index),
      destination: `Destination ${String((at + index) % 500)}`,
      ratePerMinute: rate,
      initialIncrementS: 1,
      incrementS: 1,
    }));
    await database.orm.insert(rateRows).values(values);
  }
  return sheetId;
}

/** Country codes first, so that every number has a price; then ever longer prefixes below them. */
function benchPrefix(index: number): string {
  const country = String(10 + (index % 90));
  const below = Math.floor(index / 90);
  return below === 0 ? country : `${country}${String(below)}`;
}

async function addPlan(database: Database, size: BenchSize): Promise<number> {
  const plan = { name: 'Bench', strategy: 'cheapest', maxRoutes: 5 } as const;
  const [row] = await database.orm.insert(lcrPlans).values(plan).$returningId();
  const planId = idOf(row);
  for (let index = 0; index < size.carriers; index += 1) {
    const rate = `0.0${String(100 + index)}`;
    const sheetId = await addSheet(database, `Carrier ${String(index)}`, rate, size.ratesPerSheet);
    const [carrier] = await database.orm
      .insert(carriers)
      .values({
        code: `C${String(index)}`,
        name: `Carrier ${String(index)}`,
        currency: 'USD',
        rateSheetId: sheetId,
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
  return planId;
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

function idOf(row: { readonly id: number } | undefined): number {
  if (row === undefined) throw new Error('insert returned no id');
  return row.id;
}
