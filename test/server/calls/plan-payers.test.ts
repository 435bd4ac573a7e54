import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { CallPlan } from '../../../server/calls/call-plan.js';
import { phoneRequest } from '../../support/requests.js';
import { accountBlock } from '../../support/world-rules.js';
import {
  account,
  ACME,
  ACME_1001,
  ACME_1002,
  BETA,
  BETA_1001,
  OPERATOR,
  rateRow,
  release,
  RESELLER,
  SHEET_ACME,
} from '../../support/world.js';
import type { World } from '../../support/world.js';
import { paid, patch, planOf, reasonOf } from './planning.js';

const HQ = 9;
const SHEET_EXTRA = 20;

const ofBeta = () => phoneRequest({ authenticated: { domain: 'beta.example' } });

/** `payer seller price`, a wallet as `wallet ID`. */
const payersOf = (plan: CallPlan) =>
  paid(plan).payers.map(({ accountId, extensionId, sellerAccountId, rate }) => {
    const who = extensionId === undefined ? `account ${accountId}` : `wallet ${extensionId}`;
    return `${who} to ${sellerAccountId} at ${rate.row.ratePerMinute}`;
  });

const payerSteps = (plan: CallPlan) => plan.steps.filter(({ kind }) => kind === 'payer');

function addSheet(world: World, ratePerMinute: string): void {
  const [first] = world.sheets;
  if (first === undefined) throw new Error('a world has sheets');
  world.sheets.push({ ...first, id: SHEET_EXTRA, name: 'extra' });
  world.releases.push(release(SHEET_EXTRA, SHEET_EXTRA));
  world.rows.push(rateRow(50, SHEET_EXTRA, '44', ratePerMinute));
}

function giveFunds(world: World, id: number, over: Partial<World['extensions'][number]>): void {
  world.extensions = patch(world.extensions, { [id]: over });
}

function addHeadOffice(world: World, over: Partial<World['accounts'][number]> = {}): void {
  world.accounts.push(account(HQ, 'customer', OPERATOR, over));
  world.accounts = patch(world.accounts, { [ACME]: { paidById: HQ } });
}

describe('the money of an extension', () => {
  it('pays first, and its account pays as well', () => {
    const plan = planOf({
      change: (world) => {
        giveFunds(world, ACME_1001, { funds: 'own' });
      },
    });
    expect(payersOf(plan)).to.deep.equal([
      `wallet ${ACME_1001} to ${ACME} at 0.6`,
      `account ${ACME} to ${OPERATOR} at 0.6`,
    ]);
    expect(paid(plan).payers[0]?.accountId).to.equal(ACME);
    expect(payerSteps(plan)[0]).to.include({
      accountId: ACME,
      extensionId: ACME_1001,
      wallet: '1001@acme.example',
    });
  });

  it('is charged by the sheet of the extension, and the account by its own', () => {
    const plan = planOf({
      change: (world) => {
        addSheet(world, '1.2');
        giveFunds(world, ACME_1001, { funds: 'own', rateSheetId: SHEET_EXTRA });
      },
    });
    expect(payersOf(plan)).to.deep.equal([
      `wallet ${ACME_1001} to ${ACME} at 1.2`,
      `account ${ACME} to ${OPERATOR} at 0.6`,
    ]);
  });

  it('is above the customer in a chain with resellers', () => {
    const plan = planOf({
      request: ofBeta(),
      change: (world) => {
        giveFunds(world, BETA_1001, { funds: 'own' });
      },
    });
    expect(payersOf(plan)).to.deep.equal([
      `wallet ${BETA_1001} to ${BETA} at 0.6`,
      `account ${BETA} to ${RESELLER} at 0.6`,
      `account ${RESELLER} to ${OPERATOR} at 0.3`,
    ]);
  });

  it('can be shared with another extension, at the price of the one that calls', () => {
    const plan = planOf({
      change: (world) => {
        addSheet(world, '1.2');
        giveFunds(world, ACME_1001, {
          funds: 'shared',
          fundsExtensionId: ACME_1002,
          rateSheetId: SHEET_EXTRA,
        });
        giveFunds(world, ACME_1002, { funds: 'own' });
      },
    });
    expect(payersOf(plan)[0]).to.equal(`wallet ${ACME_1002} to ${ACME} at 1.2`);
  });

  for (const [what, over] of [
    ['has none of its own', { funds: 'account' }],
    ['belongs to another account', { funds: 'own', accountId: BETA }],
    ['shares that of a third', { funds: 'shared', fundsExtensionId: 3 }],
  ] as const) {
    it(`refuses a call on the money of an extension that ${what}`, () => {
      const plan = planOf({
        change: (world) => {
          giveFunds(world, ACME_1001, { funds: 'shared', fundsExtensionId: ACME_1002 });
          giveFunds(world, ACME_1002, over);
        },
      });
      expect(reasonOf(plan)).to.equal('internal_error');
    });
  }
});

describe('a head office that pays for a branch', () => {
  it('pays the price of the branch instead of it', () => {
    const plan = planOf({ change: addHeadOffice });
    expect(payersOf(plan)).to.deep.equal([`account ${HQ} to ${OPERATOR} at 0.6`]);
    expect(payerSteps(plan)[0]).to.include({ accountId: HQ, paysFor: ACME });
  });

  it('pays its own price where the branch has none', () => {
    const plan = planOf({
      change: (world) => {
        addSheet(world, '0.9');
        addHeadOffice(world, { rateSheetId: SHEET_EXTRA });
        world.accounts = patch(world.accounts, { [ACME]: { rateSheetId: null } });
      },
    });
    expect(payersOf(plan)).to.deep.equal([`account ${HQ} to ${OPERATOR} at 0.9`]);
    expect(payerSteps(plan)[0]?.['tried']).to.deep.equal([
      { of: 'head_office', sheetId: SHEET_EXTRA },
    ]);
  });

  it('is not asked for a price where the branch has a sheet without this one', () => {
    const plan = planOf({
      change: (world) => {
        addSheet(world, '0.9');
        addHeadOffice(world, { rateSheetId: SHEET_EXTRA });
        world.rows = world.rows.filter((row) => row.releaseId !== SHEET_ACME);
      },
    });
    expect(reasonOf(plan)).to.equal('no_rate');
  });

  it("lets an extension's own money pay to the branch first", () => {
    const plan = planOf({
      change: (world) => {
        addHeadOffice(world);
        giveFunds(world, ACME_1001, { funds: 'own' });
      },
    });
    expect(payersOf(plan)).to.deep.equal([
      `wallet ${ACME_1001} to ${ACME} at 0.6`,
      `account ${HQ} to ${OPERATOR} at 0.6`,
    ]);
  });

  for (const [what, change, reason] of [
    ['is suspended', { status: 'suspended' }, 'account_suspended'],
    ['is kept in another currency than the price', { currency: 'USD' }, 'no_rate'],
  ] as const) {
    it(`refuses the call when it ${what}`, () => {
      const plan = planOf({
        change: (world) => {
          addHeadOffice(world, change);
        },
      });
      expect(reasonOf(plan)).to.equal(reason);
    });
  }
});

describe('an account that is blocked', () => {
  for (const [who, id, request] of [
    ['itself', ACME, phoneRequest()],
    ['by way of its head office', HQ, phoneRequest()],
    ['by way of its reseller', RESELLER, ofBeta()],
  ] as const) {
    it(`is refused paid calls, ${who}`, () => {
      const plan = planOf({
        request,
        change: (world) => {
          addHeadOffice(world);
          world.accountBlocks.push(accountBlock(1, id));
        },
      });
      expect(reasonOf(plan)).to.equal('account_blocked');
    });
  }

  it('still calls inside', () => {
    const plan = planOf({
      request: phoneRequest({ dialled: '1002' }),
      change: (world) => {
        world.accountBlocks.push(accountBlock(1, ACME));
      },
    });
    expect(reasonOf(plan)).to.equal('free');
  });
});

describe('limits on the calls of an outbound call', () => {
  const limitsOf = (plan: CallPlan) =>
    paid(plan).limits.map(
      ({ resource, resourceId, channels, perSecond }) =>
        `${resource} ${resourceId}: ${channels ?? '-'} at once, ${perSecond ?? '-'} a second`,
    );

  it('are none where nobody set any', () => {
    expect(paid(planOf()).limits).to.deep.equal([]);
  });

  it('are those of the extension, the account and everybody above', () => {
    const plan = planOf({
      request: ofBeta(),
      change: (world) => {
        giveFunds(world, BETA_1001, { maxCalls: 1 });
        world.accounts = patch(world.accounts, {
          [BETA]: { maxCalls: 5, maxCps: 2 },
          [RESELLER]: { maxCps: 10 },
        });
      },
    });
    expect(limitsOf(plan)).to.deep.equal([
      `extension ${BETA_1001}: 1 at once, - a second`,
      `account ${BETA}: 5 at once, 2 a second`,
      `account ${RESELLER}: - at once, 10 a second`,
    ]);
  });

  it('are those of a branch and of the head office that pays for it', () => {
    const plan = planOf({
      change: (world) => {
        addHeadOffice(world, { maxCalls: 8 });
        world.accounts = patch(world.accounts, { [ACME]: { maxCalls: 2 } });
      },
    });
    expect(limitsOf(plan)).to.deep.equal([
      `account ${ACME}: 2 at once, - a second`,
      `account ${HQ}: 8 at once, - a second`,
    ]);
  });

  it('do not count a call that stays inside', () => {
    const plan = planOf({
      request: phoneRequest({ dialled: '1002' }),
      change: (world) => {
        world.accounts = patch(world.accounts, { [ACME]: { maxCalls: 0 } });
      },
    });
    expect(plan.kind).to.equal('free');
  });
});
