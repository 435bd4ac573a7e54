import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  countLegsToReprice,
  findLegsToReprice,
  readChargesOfLegs,
} from '../../../../db/repositories/leg-charges.js';
import type { ChargeCursor, ChargeScope } from '../../../../db/repositories/leg-charges.js';
import { loadRowsForNumbers } from '../../../../db/repositories/rate-rows-for-numbers.js';
import { ACME, BETA, CARRIER_A, RESELLER, SHEET_ACME } from '../../../support/world.js';
import { CALL_MS, NUMBER, withRerateCompany } from '../rerate-company.js';

const EVERYTHING: ChargeScope = { fromUs: 0, toUs: (CALL_MS + 1_000_000) * 1000 };

describe('reading charges', function () {
  this.timeout(30_000);
  const company = withRerateCompany();

  /** A page of whole legs, as those who price again read them. */
  const readPage = async (scope: ChargeScope, after: ChargeCursor | null, limit: number) => {
    const db = company().database.orm;
    const legs = await findLegsToReprice(db, scope, after, limit);
    const uuids = legs.map(({ legUuid }) => legUuid);
    const next = legs.length < limit ? null : (legs.at(-1) ?? null);
    return { charges: await readChargesOfLegs(db, scope, uuids), next };
  };

  const readAll = async (scope: ChargeScope, limit: number) => {
    const pages: string[][] = [];
    let after: ChargeCursor | null = null;
    do {
      const page: Awaited<ReturnType<typeof readPage>> = await readPage(scope, after, limit);
      pages.push(page.charges.map(({ legUuid, role, partyId }) => `${legUuid} ${role} ${partyId}`));
      after = page.next;
    } while (after !== null);
    return pages;
  };

  it('gives every charge once, in pages of whole legs, also of calls of one instant', async () => {
    for (let index = 0; index < 7; index += 1) {
      await company().call({ payer: BETA, atMs: CALL_MS + Math.floor(index / 4) });
    }
    const [all] = await readAll(EVERYTHING, 100);
    expect(all).to.have.lengthOf(21);
    for (const limit of [1, 2, 3, 7]) {
      const pages = await readAll(EVERYTHING, limit);
      expect(pages.flat()).to.deep.equal(all);
      for (const page of pages) expect(page.length % 3).to.equal(0);
    }
    expect(await countLegsToReprice(company().database.orm, EVERYTHING)).to.equal(7);
  });

  it('gives all that is needed to price it again', async () => {
    const legUuid = await company().call({
      ...{ talkedS: 61, grantedS: 60, hangupCause: 'ALLOTTED_TIMEOUT' },
      routingNumber: '447999000000',
    });
    const { charges } = await readPage(EVERYTHING, null, 10);
    expect(charges).to.have.lengthOf(2);
    const { transactionId, ...shown } = charges[0] ?? { transactionId: null };
    expect(transactionId).to.match(/^[0-9a-f-]{36}$/);
    expect(shown).to.deep.equal({
      ...{ legUuid, role: 'payer', partyId: ACME, counterpartId: 1, level: 0, coveredS: 0 },
      ...{ sheetId: SHEET_ACME, releaseId: 1, rowId: 1, currency: 'EUR' },
      ...{ amount: '0.600000', originalAmount: '0.600000', startUs: CALL_MS * 1000 },
      ...{ number: NUMBER, routingNumber: '447999000000', jurisdiction: null },
      ...{ billUs: 61_000_000, cutAtSeconds: 60, accountId: ACME, carrierId: CARRIER_A },
    });
  });

  it('is of those in the scope only', async () => {
    const acme = await company().call();
    const beta = await company().call({ payer: BETA, atMs: CALL_MS + 1 });
    const of = async (scope: Partial<ChargeScope>) =>
      (await readAll({ ...EVERYTHING, ...scope }, 10)).flat();
    expect(await of({ accountId: RESELLER })).to.deep.equal([`${beta} payer ${RESELLER}`]);
    expect(await of({ sheetId: SHEET_ACME })).to.deep.equal([`${acme} payer ${ACME}`]);
    expect(await of({ carrierId: CARRIER_A })).to.deep.equal([
      `${acme} carrier ${CARRIER_A}`,
      `${beta} carrier ${CARRIER_A}`,
    ]);
    expect(await of({ toUs: CALL_MS * 1000 })).to.deep.equal([]);
    expect(await of({ fromUs: CALL_MS * 1000 + 1, carrierId: CARRIER_A })).to.have.lengthOf(1);
  });

  it('loads the rows that may price a number, and no others', async () => {
    const releaseId = await company().activate(
      SHEET_ACME,
      ['', '4', '44', '447700900123', '4477009001234', '45', '7'].map((prefix) => ({
        prefix,
        ratePerMinute: '1',
      })),
    );
    const load = async (...numbers: readonly string[]) =>
      (await loadRowsForNumbers(company().database.orm, releaseId, numbers))
        .map(({ prefix }) => prefix)
        .sort();
    expect(await load(NUMBER)).to.deep.equal(['', '4', '44', '447700900123']);
    expect(await load('45', '7999')).to.deep.equal(['', '4', '45', '7']);
    expect(await load('anonymous')).to.deep.equal(['']);
    expect(await load()).to.deep.equal(['']);
  });
});
