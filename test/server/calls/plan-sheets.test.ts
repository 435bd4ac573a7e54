import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { CallPlan } from '../../../server/calls/call-plan.js';
import { carrierRequest, phoneRequest } from '../../support/requests.js';
import {
  ACME,
  ACME_1001,
  ACME_1002,
  BETA,
  extension,
  rateRow,
  release,
  RESELLER,
} from '../../support/world.js';
import type { World } from '../../support/world.js';
import { gatewaysOf, paid, patch, planOf, reasonOf, stepOf } from './planning.js';

const EXTENSION_SHEET = 21;
const MOBILE_SHEET = 22;

function addSheet(world: World, id: number, rows: Readonly<Record<string, string>>): void {
  const [like] = world.sheets;
  if (like === undefined) throw new Error('the world has no sheet');
  world.sheets.push({ ...like, id, name: `sheet ${String(id)}` });
  world.releases.push(release(id, id));
  for (const [prefix, price] of Object.entries(rows)) {
    world.rows.push(rateRow(id * 100 + world.rows.length, id, prefix, price));
  }
}

const customerRate = (plan: CallPlan) => paid(plan).payers[0]?.rate.row.ratePerMinute;
const triedOf = (plan: CallPlan) =>
  (stepOf(plan, 'payer')['tried'] as readonly { of: string }[]).map((sheet) => sheet.of);

describe('the sheet that prices a call', () => {
  const withExtensionSheet = (rows: Readonly<Record<string, string>>) => (world: World) => {
    addSheet(world, EXTENSION_SHEET, rows);
    world.extensions = patch(world.extensions, { [ACME_1001]: { rateSheetId: EXTENSION_SHEET } });
  };

  it("is the extension's where that has a rate for the number", () => {
    const plan = planOf({ change: withExtensionSheet({ '447': '0.9' }) });
    expect(customerRate(plan)).to.equal('0.9');
    expect(triedOf(plan)).to.deep.equal(['extension']);
  });

  it("is the account's where the extension's has none, and the explanation says both were asked", () => {
    const plan = planOf({ change: withExtensionSheet({ '1': '0.9' }) });
    expect(customerRate(plan)).to.equal('0.6');
    expect(triedOf(plan)).to.deep.equal(['extension', 'account']);
  });

  it('refuses a number that it blocks, whatever the next one says', () => {
    const plan = planOf({
      change: (world) => {
        withExtensionSheet({ '447': '0.9' })(world);
        world.rows = world.rows.map((row) =>
          row.releaseId === EXTENSION_SHEET ? { ...row, blocked: true } : row,
        );
      },
    });
    expect(reasonOf(plan)).to.equal('destination_blocked');
  });

  it("is of the extension's for the customer only, not for its reseller", () => {
    const change = (world: World) => {
      addSheet(world, EXTENSION_SHEET, { '44': '0.9' });
      world.extensions = world.extensions.map((row) =>
        row.accountId === BETA ? { ...row, rateSheetId: EXTENSION_SHEET } : row,
      );
    };
    const request = phoneRequest({ authenticated: { domain: 'beta.example' } });
    const { payers } = paid(planOf({ change, request }));
    expect(payers.map(({ accountId, rate }) => [accountId, rate.row.ratePerMinute])).to.deep.equal([
      [BETA, '0.9'],
      [RESELLER, '0.3'],
    ]);
  });

  it('names the rows that might have priced the call too, and why they did not', () => {
    const plan = planOf({
      change: (world) => {
        world.rows.push(rateRow(90, 1, '4477', '0.8'));
      },
    });
    const { candidates } = stepOf(plan, 'payer') as {
      candidates: readonly { prefix: string; outcome: string }[];
    };
    expect(candidates.map(({ prefix, outcome }) => [prefix, outcome])).to.deep.equal([
      ['4477', 'chosen'],
      ['44', 'shorter_prefix'],
    ]);
  });
});

describe('a mobile extension', () => {
  const MOBILE = 31;
  const MOBILE_NUMBER = '447700900777';

  /** Extension 1009 of acme is a mobile phone. */
  const mobile =
    (over: Partial<World['extensions'][number]> = {}, then?: (world: World) => void) =>
    (world: World): void => {
      const row = { kind: 'mobile', mobileNumber: MOBILE_NUMBER, ...over } as const;
      world.extensions.push(extension(MOBILE, ACME, 1, '1009', row));
      then?.(world);
    };
  const byNumber = phoneRequest({ dialled: '1009' });

  it('is reached by a carrier under its mobile number when its short number is dialled', () => {
    const plan = paid(planOf({ request: byNumber, change: mobile() }));
    expect(plan).to.include({ direction: 'outbound', destination: MOBILE_NUMBER });
    expect(plan.routes[0]?.number).to.equal(`77#${MOBILE_NUMBER}`);
    expect(plan.owner.extension?.extension.id).to.equal(MOBILE);
    expect(plan.payers.map(({ accountId }) => accountId)).to.deep.equal([ACME]);
  });

  it('sees the caller as the caller shows itself outside', () => {
    const plan = planOf({ request: byNumber, change: mobile() });
    expect(plan.caller.number).to.equal('442071838750');
  });

  it('is reached by a DID too, shown the number that called, and its account pays', () => {
    const change = mobile({}, (world) => {
      world.dids = patch(world.dids, { 1: { extensionId: MOBILE } });
    });
    const plan = paid(planOf({ request: carrierRequest(), change }));
    expect(plan).to.include({ direction: 'outbound', destination: MOBILE_NUMBER });
    expect(plan.caller.number).to.equal('447700900999');
    expect(plan.owner.didId).to.equal(1);
    expect(plan.payers[0]?.accountId).to.equal(ACME);
  });

  it('of another account is paid by that account', () => {
    const change = mobile({ accountId: BETA });
    const plan = paid(planOf({ request: byNumber, change }));
    expect(plan.payers.map(({ accountId }) => accountId)).to.deep.equal([BETA, RESELLER]);
  });

  it('is priced by its own sheet, then the mobile sheet, then the sheet of the account', () => {
    const sheets = (own: string, shared: string) =>
      mobile({ rateSheetId: EXTENSION_SHEET }, (world) => {
        addSheet(world, EXTENSION_SHEET, { [own]: '0.7' });
        addSheet(world, MOBILE_SHEET, { [shared]: '0.8' });
        world.accounts = patch(world.accounts, { [ACME]: { mobileRateSheetId: MOBILE_SHEET } });
      });
    const priced = (change: (world: World) => void) => planOf({ request: byNumber, change });
    expect(customerRate(priced(sheets('44', '44')))).to.equal('0.7');
    expect(customerRate(priced(sheets('1', '44')))).to.equal('0.8');
    const last = priced(sheets('1', '1'));
    expect(customerRate(last)).to.equal('0.6');
    expect(triedOf(last)).to.deep.equal(['extension', 'mobile', 'account']);
  });

  it('leaves the mobile sheet out of all other calls', () => {
    const change = (world: World) => {
      addSheet(world, MOBILE_SHEET, { '44': '0.8' });
      world.accounts = patch(world.accounts, { [ACME]: { mobileRateSheetId: MOBILE_SHEET } });
    };
    expect(customerRate(planOf({ change }))).to.equal('0.6');
  });

  it('follows its own plan', () => {
    const change = mobile({ lcrPlanId: 2 }, (world) => {
      const [first] = world.plans;
      const [member] = world.planCarriers;
      if (first === undefined || member === undefined) throw new Error('the world has no plan');
      world.plans.push({ ...first, id: 2 });
      world.planCarriers.push({ ...member, planId: 2, carrierId: 3 });
    });
    expect(gatewaysOf(planOf({ request: byNumber, change }))).to.deep.equal(['carrierC']);
  });

  it('refuses when it is paused, as any other', () => {
    const plan = planOf({ request: byNumber, change: mobile({ status: 'paused' }) });
    expect(reasonOf(plan)).to.equal('extension_paused');
  });

  it('refuses a mobile number that is one of ours: the call would come back for ever', () => {
    for (const didExtension of [MOBILE, ACME_1002]) {
      const change = mobile({ mobileNumber: '972365987456' }, (world) => {
        world.dids = patch(world.dids, { 1: { extensionId: didExtension } });
      });
      expect(reasonOf(planOf({ request: byNumber, change }))).to.equal('call_loop');
    }
  });

  it('is nobody who could call: no phone of ours proves to be it', () => {
    const request = phoneRequest({ authenticated: { user: '1009' } });
    expect(reasonOf(planOf({ request, change: mobile() }))).to.equal('not_authenticated');
  });
});
