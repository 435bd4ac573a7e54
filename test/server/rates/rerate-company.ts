import { eq } from 'drizzle-orm';
import { afterEach, before, beforeEach } from 'mocha';
import mysql from 'mysql2/promise';
import { v7 as uuidv7 } from 'uuid';
import { connectionOptions, openDatabase } from '../../../db/client.js';
import type { Database } from '../../../db/client.js';
import { fromDbRateRow, toDbRateRow } from '../../../db/mapping/rate-rows.js';
import { bucketKey, holdAllowances, openBuckets } from '../../../db/repositories/allowances.js';
import { loadRowsForNumbers } from '../../../db/repositories/rate-rows-for-numbers.js';
import { findRerating } from '../../../db/repositories/reratings.js';
import type { ReratingRow } from '../../../db/repositories/reratings.js';
import {
  calls,
  legCharges,
  legCorrections,
  rateActivations,
  rateReleases,
  rateRows,
} from '../../../db/schema/index.js';
import { inTransaction } from '../../../db/transaction.js';
import { buildDeck } from '../../../rating/deck/deck.js';
import type { DeckTerms, FrozenRate, RateRow } from '../../../rating/deck/types.js';
import { scriptActor } from '../../../server/admin/context.js';
import type { AdminDeps } from '../../../server/admin/context.js';
import type { DecidedRoute, Decision } from '../../../server/calls/decision.js';
import type { LegEnded } from '../../../server/calls/reports.js';
import { settleReports } from '../../../server/calls/settle-batch.js';
import { queueRerating } from '../../../server/rates/rerate/manage-reratings.js';
import type { reratingInput } from '../../../server/rates/rerate/manage-reratings.js';
import { runRerating } from '../../../server/rates/rerate/run-rerating.js';
import type { OnProgress } from '../../../server/rates/rerate/run-rerating.js';
import type { RerateDeps, RerateOutcome } from '../../../server/rates/rerate/types.js';
import { createSecrets } from '../../../server/secrets.js';
import type { z } from 'zod';
import { FakeClock } from '../../support/fake-clock.js';
import { carrierEnded } from '../../support/leg-reports.js';
import { CORE, nextUuid } from '../../support/requests.js';
import { emptyTraffic, withTempDatabase } from '../../support/temp-database.js';
import { fund, insertWorld } from '../../support/use-world.js';
import {
  ACME,
  BETA,
  buildWorld,
  CARRIER_A,
  OPERATOR,
  rateRow,
  RESELLER,
  SECRET_KEY,
  SHEET_ACME,
  SHEET_BETA,
  SHEET_RESELLER,
  SWITCH_ID,
} from '../../support/world.js';
import type { World } from '../../support/world.js';

export const SHEET_CARRIER = 11;
export const NUMBER = '447700900123';

/** When the calls of these tests are decided, unless a test says otherwise. */
export const CALL_MS = Date.UTC(2026, 10, 1, 10);
const DAY_MS = 86_400_000;
/** From then on the new prices of these tests hold: before all of their calls. */
export const BEFORE_MS = CALL_MS - DAY_MS;

export interface CallShape {
  readonly payer?: typeof ACME | typeof BETA;
  readonly number?: string;
  readonly routingNumber?: string;
  readonly atMs?: number;
  readonly talkedS?: number;
  readonly hangupCause?: string;
  readonly grantedS?: number;
  /** Acme's extension that pays this call from its own money; acme then pays as the reseller does. */
  readonly wallet?: number;
  /** Seconds of a package that the first payer holds for the call. */
  readonly includedS?: number;
  /** A call from outside: its caller's leg is charged, and no carrier asks for anything. */
  readonly inbound?: boolean;
}

export type RowOver = Partial<RateRow> & Pick<RateRow, 'prefix' | 'ratePerMinute'>;

export interface RerateCompany {
  readonly database: Database;
  readonly second: Database;
  readonly url: string;
  readonly admin: AdminDeps;
  readonly deps: RerateDeps;
  /** A call that was decided at the prices of that time, talked, and is settled. Gives its leg. */
  call(shape?: CallShape): Promise<string>;
  /** A new release of a sheet, made to price calls from an instant on, also of the past. */
  activate(sheetId: number, rows: readonly RowOver[], fromMs?: number): Promise<number>;
  /** Another entry of the history of activations. */
  activateRelease(sheetId: number, releaseId: number | null, fromMs?: number): Promise<void>;
  queue(over?: Partial<z.input<typeof reratingInput>>): Promise<string>;
  run(id: string, over?: Partial<RerateDeps>, onProgress?: OnProgress): Promise<RerateOutcome>;
  /** Queues a run that posts, and works on it until it is done. */
  rerate(over?: Partial<z.input<typeof reratingInput>>): Promise<ReratingRow>;
  find(id: string): Promise<ReratingRow>;
  corrections(id: string): Promise<readonly (typeof legCorrections.$inferSelect)[]>;
  charges(legUuid: string): Promise<readonly (typeof legCharges.$inferSelect)[]>;
}

/** The usual world, whose carrier A asks for dollars. */
function worldInDollars(): World {
  const world = buildWorld();
  for (const sheet of world.sheets) if (sheet.id === SHEET_CARRIER) sheet.currency = 'USD';
  for (const carrier of world.carriers) if (carrier.id === CARRIER_A) carrier.currency = 'USD';
  return world;
}

/** A company with money and prices for every test of the surrounding `describe`, nothing called yet. */
export function withRerateCompany(): () => RerateCompany {
  const temp = withTempDatabase({ poolSize: 2 });
  const world = worldInDollars();
  let company: RerateCompany | undefined;
  let second: Database | undefined;
  before(async () => {
    await insertWorld(temp().database, world);
  });
  beforeEach(async function () {
    this.timeout(30_000);
    const { url } = temp();
    await emptyTraffic(url);
    await restoreRates(url, temp().database, world);
    const database = openDatabase({ url, poolSize: 6 });
    second = openDatabase({ url, poolSize: 6 });
    for (const id of [ACME, RESELLER, BETA]) await fund(database, id, '100');
    company = { ...makeCompany(database, second, world), url };
  });
  afterEach(async () => {
    await second?.close();
    await company?.database.close();
    company = undefined;
  });
  return () => {
    if (company === undefined) throw new Error('the company is open inside tests only');
    return company;
  };
}

/** Takes releases and activations of an earlier test back; they refuse DELETE, as they should. */
async function restoreRates(url: string, database: Database, world: World): Promise<void> {
  const connection = await mysql.createConnection(connectionOptions(url));
  try {
    await connection.query('SET SESSION foreign_key_checks = 0');
    for (const table of ['rate_activations', 'rate_rows', 'rate_releases']) {
      await connection.query(`TRUNCATE TABLE ${table}`);
    }
  } finally {
    await connection.end();
  }
  await database.orm.insert(rateReleases).values(world.releases);
  await database.orm.insert(rateRows).values(world.rows);
  for (const { id, sheetId, effectiveFrom } of world.releases) {
    await database.orm
      .insert(rateActivations)
      .values({ sheetId, number: 1, releaseId: id, kind: 'activation', effectiveFrom });
  }
}

function makeCompany(
  database: Database,
  second: Database,
  world: World,
): Omit<RerateCompany, 'url'> {
  const clock = new FakeClock();
  const admin = { database, clock, secrets: createSecrets(SECRET_KEY) };
  const log = { info: () => undefined, error: () => undefined };
  const deps: RerateDeps = {
    database,
    log,
    nodeId: 'node-1',
    signal: new AbortController().signal,
    batchLegs: 2,
  };
  const find = async (id: string): Promise<ReratingRow> => {
    const run = await findRerating(database.orm, id);
    if (run === undefined) throw new Error(`re-rating ${id}: not stored`);
    return run;
  };
  const activateRelease: RerateCompany['activateRelease'] = async (sheetId, releaseId, fromMs) => {
    const known = await database.orm
      .select()
      .from(rateActivations)
      .where(eq(rateActivations.sheetId, sheetId));
    await database.orm.insert(rateActivations).values({
      sheetId,
      number: known.length + 1,
      releaseId,
      kind: 'activation',
      effectiveFrom: new Date(fromMs ?? BEFORE_MS),
    });
  };
  const queue: RerateCompany['queue'] = async (over) => {
    const run = await queueRerating(admin, scriptActor('test'), {
      mode: 'post',
      from: new Date(CALL_MS - DAY_MS).toISOString(),
      to: new Date(CALL_MS + DAY_MS).toISOString(),
      ...over,
    });
    return run.id;
  };
  const run: RerateCompany['run'] = (id, over, onProgress) =>
    runRerating({ ...deps, ...over }, id, onProgress);
  return {
    database,
    second,
    admin,
    deps,
    find,
    queue,
    run,
    activateRelease,
    call: (shape = {}) => placeCall(database, world, shape),
    async activate(sheetId, rows, fromMs) {
      const releaseId = await insertRelease(database, sheetId, rows);
      await activateRelease(sheetId, releaseId, fromMs);
      return releaseId;
    },
    async rerate(over) {
      const id = await queue(over);
      const outcome = await run(id);
      if (outcome !== 'done') throw new Error(`re-rating ${id}: ${outcome}`);
      return find(id);
    },
    corrections: (id) =>
      database.orm
        .select()
        .from(legCorrections)
        .where(eq(legCorrections.reratingId, id))
        .orderBy(legCorrections.id),
    charges: (legUuid) =>
      database.orm
        .select()
        .from(legCharges)
        .where(eq(legCharges.legUuid, legUuid))
        .orderBy(legCharges.role, legCharges.level),
  };
}

async function insertRelease(
  database: Database,
  sheetId: number,
  rows: readonly RowOver[],
): Promise<number> {
  const releases = await database.orm
    .select()
    .from(rateReleases)
    .where(eq(rateReleases.sheetId, sheetId));
  const from = new Date(BEFORE_MS);
  const [made] = await database.orm.insert(rateReleases).values({
    sheetId,
    number: 100 + releases.length,
    status: 'active',
    effectiveFrom: from,
    activatedAt: from,
  });
  const releaseId = made.insertId;
  for (const row of rows) {
    const usual = fromDbRateRow(rateRow(0, releaseId, row.prefix, row.ratePerMinute));
    await database.orm.insert(rateRows).values(toDbRateRow({ ...usual, ...row, releaseId }));
  }
  return releaseId;
}

async function placeCall(database: Database, world: World, shape: CallShape): Promise<string> {
  const { payer = ACME, number = NUMBER, atMs = CALL_MS, talkedS = 30 } = shape;
  const rateOf = (sheetId: number) => rateAtFirst(database, world, sheetId, number, atMs);
  const payers: Decision['payers'][number][] = [];
  for (const { sheetId, ...account } of chainOf(payer, shape.wallet)) {
    payers.push({ ...account, currency: 'EUR', rate: await rateOf(sheetId) });
  }
  const callId = uuidv7();
  const aLegUuid = nextUuid();
  const route: Partial<DecidedRoute> = {
    gatewayId: 1,
    gatewayName: 'carrierA',
    carrierId: CARRIER_A,
    currency: 'USD',
    rate: await rateOf(SHEET_CARRIER),
  };
  await database.orm.insert(calls).values({
    id: callId,
    decisionKey: callId,
    switchId: SWITCH_ID,
    coreUuid: CORE,
    aLegUuid,
    direction: shape.inbound === true ? 'inbound' : 'outbound',
    accountId: payer,
    callerNumber: '1001',
    dialled: number,
    destination: number,
    routingNumber: shape.routingNumber ?? null,
    state: 'answered',
    currency: 'EUR',
    grantedS: shape.grantedS ?? 600,
    createdUs: atMs * 1000,
    expiresUs: (atMs + DAY_MS) * 1000,
    decision: {
      ...{ payers, operatorAccountId: OPERATOR, target: null },
      ...(shape.inbound === true ? { routes: [], metered: 'caller' } : { routes: [route] }),
      ...(shape.includedS === undefined ? {} : { allowances: [{ bucketId: 1, incrementS: 60 }] }),
    },
  });
  if (shape.includedS !== undefined) await holdSeconds(database, callId, shape.includedS);
  const cause = shape.hangupCause === undefined ? {} : { hangupCause: shape.hangupCause };
  const talked = carrierEnded(callId, talkedS, cause);
  const report: LegEnded =
    shape.inbound === true
      ? {
          ...{ ...talked, legUuid: aLegUuid, direction: 'inbound', gatewayName: null },
          ...{ routeIndex: null, isMetered: true },
        }
      : talked;
  const item = { report, switchId: SWITCH_ID, inboxId: null, isLastTry: false };
  await settleReports(database, [item], atMs * 1000);
  return report.legUuid;
}

function chainOf(payer: number, wallet: number | undefined) {
  const reseller = { accountId: RESELLER, sellerAccountId: OPERATOR, sheetId: SHEET_RESELLER };
  if (payer === BETA) {
    return [{ accountId: BETA, sellerAccountId: RESELLER, sheetId: SHEET_BETA }, reseller];
  }
  const acme = { accountId: ACME, sellerAccountId: OPERATOR, sheetId: SHEET_ACME };
  if (wallet === undefined) return [acme];
  return [
    { ...acme, extensionId: wallet, sellerAccountId: ACME },
    { ...acme, sheetId: SHEET_RESELLER },
  ];
}

/** Sets seconds of a package aside for one call, of a bucket that every test begins anew. */
async function holdSeconds(database: Database, callId: string, seconds: number): Promise<void> {
  await inTransaction(database, async (tx) => {
    const period = { periodStartUs: 1, periodEndUs: 2, generation: 0 };
    const wanted = { ownerType: 'package', ownerId: 1, ...period, totalS: 6000 } as const;
    const bucketId = (await openBuckets(tx, [wanted])).get(bucketKey(wanted))?.id ?? 0;
    await holdAllowances(tx, [{ callId, bucketId, seconds, createdUs: 1 }]);
  });
}

/** The rate of the sheet's first release: what was in force before any test changed it. */
async function rateAtFirst(
  database: Database,
  world: World,
  sheetId: number,
  number: string,
  atMs: number,
): Promise<FrozenRate> {
  const sheet = world.sheets.find(({ id }) => id === sheetId);
  if (sheet === undefined) throw new Error(`sheet ${String(sheetId)}: not in the world`);
  const terms: DeckTerms = { ...sheet, sheetId: sheet.id, sheetName: sheet.name };
  const rows = await loadRowsForNumbers(database.orm, sheetId, [number]);
  const rate = buildDeck(terms, rows).find(number, atMs);
  if (rate === null) throw new Error(`sheet ${String(sheetId)}: no rate for ${number}`);
  return rate;
}
