import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { CallPlan } from '../../../server/calls/call-plan.js';
import { carrierRequest } from '../../support/requests.js';
import { accountBlock, accountGuard } from '../../support/world-rules.js';
import {
  account,
  ACME,
  ACME_1002,
  BETA,
  OPERATOR,
  rateRow,
  release,
  RESELLER,
} from '../../support/world.js';
import type { World } from '../../support/world.js';
import { paid, patch, planOf, reasonOf, stepOf } from './planning.js';

const DID_PHONE = 1;
const DID_MENU = 2;
const DID_BETA = 3;

/** Prices of being called: 0.01 a minute in the first, each next one twice as dear. */
const SHEETS = [31, 32, 33];

function addInboundSheets(world: World): void {
  const [first] = world.sheets;
  if (first === undefined) throw new Error('a world has sheets');
  SHEETS.forEach((id, index) => {
    world.sheets.push({ ...first, id, name: `inbound ${String(id)}` });
    world.releases.push(release(id, id));
    world.rows.push(rateRow(id * 10, id, '972', ['0.01', '0.02', '0.04'][index] ?? '1'));
  });
}

const called = (change: (world: World) => void, dialled = '972365987456') =>
  planOf({
    request: carrierRequest({ dialled }),
    change: (world) => {
      addInboundSheets(world);
      change(world);
    },
  });

const payersOf = (plan: CallPlan) =>
  paid(plan).payers.map(
    ({ accountId, sellerAccountId, rate }) =>
      `${accountId} to ${sellerAccountId} at ${rate.row.ratePerMinute}`,
  );

const priceDid =
  (id: number, sheetId = 31) =>
  (world: World) => {
    world.dids = patch(world.dids, { [id]: { rateSheetId: sheetId } });
  };

describe('a call to a number that costs something', () => {
  it('is paid by the account of the number, whose target rings as ever', () => {
    const plan = paid(called(priceDid(DID_PHONE)));
    expect(payersOf(plan)).to.deep.equal([`${ACME} to ${OPERATOR} at 0.01`]);
    expect(plan).to.deep.include({
      direction: 'inbound',
      target: { kind: 'extension', number: '1002', domain: 'acme.example' },
      routes: [],
      maxRoutes: 0,
      limits: [],
      ringTimeoutS: 25,
      destination: '972365987456',
    });
    expect(stepOf(plan, 'payer')).to.deep.include({
      tried: [{ of: 'did', sheetId: 31 }],
      number: '972365987456',
    });
  });

  it('costs the same where it leads to a menu', () => {
    const plan = paid(called(priceDid(DID_MENU), '972365987457'));
    expect(payersOf(plan)).to.deep.equal([`${ACME} to ${OPERATOR} at 0.01`]);
    expect(plan.target).to.deep.equal({ kind: 'menu', name: 'acme-main' });
  });

  it('costs what the account pays for inbound calls where the number has no sheet', () => {
    const plan = called((world) => {
      world.accounts = patch(world.accounts, { [ACME]: { inboundRateSheetId: 32 } });
    });
    expect(payersOf(plan)).to.deep.equal([`${ACME} to ${OPERATOR} at 0.02`]);
  });

  it('costs what the account pays where the sheet of the number does not have it', () => {
    const plan = called((world) => {
      priceDid(DID_PHONE)(world);
      world.rows = world.rows.filter((row) => row.releaseId !== 31);
      world.accounts = patch(world.accounts, { [ACME]: { inboundRateSheetId: 32 } });
    });
    expect(payersOf(plan)).to.deep.equal([`${ACME} to ${OPERATOR} at 0.02`]);
  });

  it('is paid by each reseller at its own price, and by none without one', () => {
    const of = (change: (world: World) => void) => payersOf(called(change, '972365987458'));
    expect(of(priceDid(DID_BETA))).to.deep.equal([`${BETA} to ${RESELLER} at 0.01`]);
    expect(
      of((world) => {
        priceDid(DID_BETA, 33)(world);
        world.accounts = patch(world.accounts, { [RESELLER]: { inboundRateSheetId: 32 } });
      }),
    ).to.deep.equal([`${BETA} to ${RESELLER} at 0.04`, `${RESELLER} to ${OPERATOR} at 0.02`]);
    expect(
      of((world) => {
        world.accounts = patch(world.accounts, { [RESELLER]: { inboundRateSheetId: 32 } });
      }),
    ).to.deep.equal([`${RESELLER} to ${OPERATOR} at 0.02`]);
  });

  it('is paid by the head office of a branch', () => {
    const plan = called((world) => {
      world.accounts.push(account(9, 'customer', OPERATOR, { inboundRateSheetId: 33 }));
      world.accounts = patch(world.accounts, { [ACME]: { paidById: 9 } });
    });
    expect(payersOf(plan)).to.deep.equal([`9 to ${OPERATOR} at 0.04`]);
  });

  it('never draws on the money of the extension that is called', () => {
    const plan = called((world) => {
      priceDid(DID_PHONE)(world);
      world.extensions = patch(world.extensions, { [ACME_1002]: { funds: 'own' } });
    });
    expect(paid(plan).payers.map(({ extensionId }) => extensionId)).to.deep.equal([undefined]);
  });

  for (const [what, change, reason] of [
    [
      'the number has no price in its sheet',
      (world: World) => {
        world.rows = world.rows.filter((row) => row.releaseId !== 31);
      },
      'no_rate',
    ],
    [
      'the account is blocked',
      (world: World) => {
        world.accountBlocks.push(accountBlock(1, ACME));
      },
      'account_blocked',
    ],
    [
      'the account is suspended',
      (world: World) => {
        world.accounts = patch(world.accounts, { [ACME]: { status: 'suspended' } });
      },
      'account_suspended',
    ],
  ] as const) {
    it(`is refused where ${what}`, () => {
      const plan = called((world) => {
        priceDid(DID_PHONE)(world);
        change(world);
      });
      expect(reasonOf(plan)).to.equal(reason);
    });
  }

  it('has free minutes first, of the month of the account', () => {
    const plan = called((world) => {
      world.dids = patch(world.dids, { [DID_PHONE]: { rateSheetId: 31, freeMinutes: 100 } });
      world.accounts = patch(world.accounts, { [ACME]: { timeZone: 'Asia/Jerusalem' } });
    });
    expect(paid(plan).allowances).to.deep.equal([
      {
        ownerType: 'did',
        ownerId: DID_PHONE,
        generation: 0,
        periodStartUs: Date.parse('2026-10-31T22:00:00Z') * 1000,
        periodEndUs: Date.parse('2026-11-30T22:00:00Z') * 1000,
        totalS: 6000,
        incrementS: 1,
      },
    ]);
    expect(stepOf(plan, 'inclusive')['offers']).to.have.lengthOf(1);
  });

  it('gives the free minutes of a customer to no reseller', () => {
    const plan = called((world) => {
      world.dids = patch(world.dids, { [DID_BETA]: { freeMinutes: 100 } });
      world.accounts = patch(world.accounts, { [RESELLER]: { inboundRateSheetId: 32 } });
    }, '972365987458');
    expect(paid(plan).allowances).to.deep.equal([]);
  });

  it('counts for what may be spent in a day, and asks no guard for its price', () => {
    const plan = called((world) => {
      priceDid(DID_PHONE)(world);
      world.accountGuards.push(
        accountGuard(ACME, { dailySpend: '1.000000', maxPricePerMinute: '0', newCountry: 'block' }),
      );
    });
    expect(paid(plan).dailyLimits).to.deep.equal([
      { accountId: ACME, day: '2026-11-22', limit: '1.000000' },
    ]);
  });
});

describe('limits on calls to a number', () => {
  it('are those of the number, of the extension it leads to, and of the accounts', () => {
    const plan = called((world) => {
      world.dids = patch(world.dids, { [DID_PHONE]: { maxChannels: 2, maxCps: 1 } });
      world.extensions = patch(world.extensions, { [ACME_1002]: { maxCalls: 1 } });
      world.accounts = patch(world.accounts, { [ACME]: { maxCalls: 10 } });
    });
    expect(paid(plan).payers).to.deep.equal([]);
    expect(paid(plan).limits).to.deep.equal([
      { resource: 'extension', resourceId: ACME_1002, channels: 1, perSecond: null },
      { resource: 'did', resourceId: DID_PHONE, channels: 2, perSecond: 1 },
      { resource: 'account', resourceId: ACME, channels: 10, perSecond: null },
    ]);
  });

  it('are none, and the call is free, where nobody set any', () => {
    const plan = called(() => undefined);
    expect(plan.kind).to.equal('free');
  });

  it('are not free minutes: without a price they are for nothing', () => {
    const plan = called((world) => {
      world.dids = patch(world.dids, { [DID_PHONE]: { freeMinutes: 100 } });
    });
    expect(plan.kind).to.equal('free');
  });
});

describe('a call that costs something to a mobile extension', () => {
  it('is charged as an inbound call, and goes out by a second decision', () => {
    const plan = called((world) => {
      priceDid(DID_PHONE)(world);
      world.extensions = patch(world.extensions, {
        [ACME_1002]: { kind: 'mobile', mobileNumber: '447700900777' },
      });
    });
    expect(payersOf(plan)).to.deep.equal([`${ACME} to ${OPERATOR} at 0.01`]);
    expect(paid(plan).target).to.deep.equal({
      kind: 'transfer',
      to: '447700900777',
      extensionId: ACME_1002,
      hops: 1,
    });
  });

  it('shows who called, and is priced as a call to a mobile extension', () => {
    const plan = planOf({
      request: carrierRequest({
        dialled: '447700900777',
        hops: 1,
        authenticated: { extensionId: ACME_1002, didId: DID_PHONE },
      }),
      change: (world) => {
        addInboundSheets(world);
        world.rows.push(rateRow(999, 33, '44', '2'));
        world.accounts = patch(world.accounts, { [ACME]: { mobileRateSheetId: 33 } });
        world.extensions = patch(world.extensions, {
          [ACME_1002]: { kind: 'mobile', mobileNumber: '447700900777' },
        });
      },
    });
    expect(paid(plan).caller.number).to.equal('447700900999');
    expect(payersOf(plan)).to.deep.equal([`${ACME} to ${OPERATOR} at 2`]);
  });
});
