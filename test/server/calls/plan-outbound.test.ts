import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { CallPlan, PaidPlan } from '../../../server/calls/call-plan.js';
import { planCall } from '../../../server/calls/plan-call.js';
import { phoneRequest, planContext } from '../../support/requests.js';
import { snapshotOf } from '../../support/use-world.js';
import {
  ACME,
  ACME_1001,
  BETA,
  buildWorld,
  plan as planRow,
  planCarrier,
  rateRow,
  release,
  RESELLER,
  SHEET_ACME,
} from '../../support/world.js';
import type { World } from '../../support/world.js';

const NOW_MS = Date.UTC(2026, 10, 22, 12);

interface Asked {
  readonly dialled?: string;
  readonly domain?: string;
  readonly atMs?: number;
}

function planOf(asked: Asked = {}, change: (world: World) => void = () => undefined): CallPlan {
  const world = buildWorld();
  change(world);
  const { dialled = '447700900123', domain = 'acme.example', atMs = NOW_MS } = asked;
  const request = phoneRequest({ dialled, authenticated: { domain } });
  return planCall(request, planContext(snapshotOf(world), atMs));
}

function paid(plan: CallPlan): PaidPlan {
  if (plan.kind !== 'paid') throw new Error(`planned ${JSON.stringify(plan.steps)}`);
  return plan;
}

const reasonOf = (plan: CallPlan) => (plan.kind === 'refused' ? plan.reason : plan.kind);
const gatewaysOf = (plan: CallPlan) => paid(plan).routes.map((route) => route.gatewayName);
const payersOf = (plan: CallPlan) =>
  paid(plan).payers.map(({ accountId, sellerAccountId, rate }) => [
    accountId,
    sellerAccountId,
    rate.row.ratePerMinute,
  ]);

describe('planning a call to the public network', () => {
  it('charges a direct customer its own price and tries the cheapest carrier first', () => {
    const plan = planOf();
    expect(payersOf(plan)).to.deep.equal([[ACME, 1, '0.6']]);
    expect(gatewaysOf(plan)).to.deep.equal(['carrierA', 'carrierB', 'carrierC']);
  });

  it('charges every level of the chain its own price, the customer first', () => {
    const plan = planOf({ domain: 'beta.example' });
    expect(payersOf(plan)).to.deep.equal([
      [BETA, RESELLER, '0.6'],
      [RESELLER, 1, '0.3'],
    ]);
  });

  it('gives each gateway the number in its own form', () => {
    const [first, second] = paid(planOf({ dialled: '+447700900123' })).routes;
    expect(first?.number).to.equal('77#447700900123');
    expect(second?.number).to.equal('447700900123');
  });

  it('prefers the sheet and the plan of the extension to those of its account', () => {
    const plan = planOf({}, (world) => {
      world.sheets = world.sheets.concat(
        world.sheets.slice(0, 1).map((sheet) => ({ ...sheet, id: 20, name: 'special' })),
      );
      world.releases.push(release(20, 20));
      world.rows.push(rateRow(50, 20, '4477', '0.24'));
      world.plans.push(planRow(2, 'only C'));
      world.planCarriers.push(planCarrier(2, 3, { priority: 1 }));
      world.extensions = world.extensions.map((row) =>
        row.id === ACME_1001 ? { ...row, rateSheetId: 20, lcrPlanId: 2 } : row,
      );
    });
    expect(payersOf(plan)).to.deep.equal([[ACME, 1, '0.24']]);
    expect(gatewaysOf(plan)).to.deep.equal(['carrierC']);
  });

  it('follows the plan of the nearest ancestor that has one', () => {
    const plan = planOf({ domain: 'beta.example' }, (world) => {
      world.plans.push(planRow(2, 'only B'));
      world.planCarriers.push(planCarrier(2, 2, { priority: 1 }));
      world.accounts = world.accounts.map((row) =>
        row.id === RESELLER ? { ...row, lcrPlanId: 2 } : row,
      );
    });
    expect(gatewaysOf(plan)).to.deep.equal(['carrierB']);
  });

  it('orders by priority when the plan says so', () => {
    const plan = planOf({}, (world) => {
      world.plans = [planRow(1, 'ranked', { strategy: 'priority' })];
    });
    expect(gatewaysOf(plan)).to.deep.equal(['carrierC', 'carrierB', 'carrierA']);
  });

  it('uses the price in force when the call begins', () => {
    const later = new Date(NOW_MS + 3_600_000);
    const addRelease = (world: World) => {
      world.releases.push(release(30, SHEET_ACME, later));
      world.rows.push({ ...rateRow(60, 30, '44', '1.2'), priority: 1 });
    };
    expect(payersOf(planOf({}, addRelease))).to.deep.equal([[ACME, 1, '0.6']]);
    expect(payersOf(planOf({ atMs: NOW_MS + 3_600_000 }, addRelease))).to.deep.equal([
      [ACME, 1, '1.2'],
    ]);
  });

  it('leaves out what is switched off and says so', () => {
    const plan = planOf({}, (world) => {
      world.carriers = world.carriers.map((row) =>
        row.id === 1 ? { ...row, status: 'disabled' } : row,
      );
      world.gateways = world.gateways.map((row) =>
        row.id === 2 ? { ...row, status: 'disabled' } : row,
      );
    });
    expect(gatewaysOf(plan)).to.deep.equal(['carrierC']);
    const lcr = plan.steps.find((step) => step.kind === 'lcr');
    const refused = lcr?.['refused'] as readonly Record<string, unknown>[];
    expect(refused[0]).to.include({
      gateway: 'carrierA',
      reason: 'carrier_disabled',
      expectedCost: '0.360000',
      releaseId: 11,
    });
    expect(refused[1]).to.include({ gateway: 'carrierB', reason: 'gateway_disabled' });
  });

  it('compares carriers with what the top of the chain pays the operator', () => {
    const plan = planOf({ domain: 'beta.example' }, (world) => {
      world.rows = world.rows.map((row) => (row.id === 5 ? { ...row, ratePerMinute: '0.2' } : row));
    });
    expect(gatewaysOf(plan)).to.deep.equal(['carrierA', 'carrierB']);
  });

  for (const [what, asked, change, reason] of [
    ['a blocked destination', { dialled: '900123456' }, undefined, 'destination_blocked'],
    ['a destination without a price', { dialled: '818012345' }, undefined, 'no_rate'],
    ['a destination no carrier serves', { dialled: '74951234567' }, undefined, 'no_carrier'],
    ['a call that would lose money', { dialled: '34911234567' }, undefined, 'would_lose_money'],
    [
      'a customer of a suspended reseller',
      { domain: 'beta.example' },
      (world: World) => {
        world.accounts = world.accounts.map((row) =>
          row.id === RESELLER ? { ...row, status: 'suspended' } : row,
        );
      },
      'account_suspended',
    ],
    [
      'a customer whose reseller has no price',
      { domain: 'beta.example' },
      (world: World) => {
        world.accounts = world.accounts.map((row) =>
          row.id === RESELLER ? { ...row, rateSheetId: null } : row,
        );
      },
      'no_rate',
    ],
    [
      'a sheet in another currency than the account',
      {},
      (world: World) => {
        world.sheets = world.sheets.map((row) =>
          row.id === 1 ? { ...row, currency: 'USD' } : row,
        );
      },
      'no_rate',
    ],
    [
      'carriers in another currency',
      {},
      (world: World) => {
        world.carriers = world.carriers.map((row) => ({ ...row, currency: 'USD' }));
      },
      'no_carrier',
    ],
    [
      'an account without a plan',
      {},
      (world: World) => {
        world.accounts = world.accounts.map((row) => ({ ...row, lcrPlanId: null }));
      },
      'no_lcr_plan',
    ],
    [
      'the operator, who has nobody to pay',
      {},
      (world: World) => {
        world.extensions = world.extensions.map((row) => ({ ...row, accountId: 1 }));
      },
      'no_rate',
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(reasonOf(planOf(asked, change))).to.equal(reason);
    });
  }

  it('explains who pays what, and why each carrier is in or out', () => {
    const plan = planOf();
    expect(plan.steps.map((step) => step.kind)).to.deep.equal(['owner', 'number', 'payer', 'lcr']);
    const payer = plan.steps.find((step) => step.kind === 'payer');
    expect(payer).to.deep.equal({
      kind: 'payer',
      accountId: ACME,
      tried: [{ of: 'account', sheetId: 1 }],
      number: '447700900123',
      sheet: 'acme retail',
      sheetId: 1,
      releaseId: 1,
      rowId: 1,
      prefix: '44',
      destination: 'zone 44',
      currency: 'EUR',
      ratePerMinute: '0.6',
      connectFee: '0',
    });
    const lcr = plan.steps.find((step) => step.kind === 'lcr');
    expect(lcr?.['expectedPrice']).to.equal('1.800000');
  });
});
