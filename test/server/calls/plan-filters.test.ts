import { expect } from 'chai';
import { describe, it } from 'mocha';
import { ExchangeRates } from '../../../rating/exchange/exchange-rates.js';
import { phoneRequest, planContext } from '../../support/requests.js';
import { snapshotOf } from '../../support/use-world.js';
import { buildWorld, plan as planRow } from '../../support/world.js';
import type { World } from '../../support/world.js';
import { planCall } from '../../../server/calls/plan-call.js';
import { gatewaysOf, NOW_MS, paid, patch, planOf, refusedOf, stepOf } from './planning.js';

/** The detail in the explanation of the first gateway that was left out. */
const detailOf = (plan: ReturnType<typeof planOf>): unknown =>
  (stepOf(plan, 'lcr')['refused'] as readonly Record<string, unknown>[])[0]?.['detail'];

describe('leaving out carriers that cannot take a call', () => {
  it('passes over a gateway that is down on the very switch that asks', () => {
    const live = {
      gatewayDown: (switchId: number, name: string) =>
        switchId === 1 && name === 'carrierA' ? 'FAIL_WAIT' : null,
    };
    const here = planOf({ live });
    expect(gatewaysOf(here)).to.deep.equal(['carrierB', 'carrierC']);
    expect(refusedOf(here)).to.deep.equal(['carrierA gateway_down']);
    expect(detailOf(here)).to.equal('FAIL_WAIT');
    const elsewhere = planOf({ live, request: phoneRequest({ switchId: 2 }) });
    expect(gatewaysOf(elsewhere)).to.have.lengthOf(3);
  });

  describe('when its credit is used up', () => {
    const withLimit = (creditLimit: string | null) => (world: World) => {
      world.carriers = patch(world.carriers, { 1: { creditLimit } });
    };
    const owing = (owed: string | null) => ({ owedTo: () => owed });

    it('and only from the very limit on', () => {
      const below = planOf({ live: owing('9.999999'), change: withLimit('10.000000') });
      expect(gatewaysOf(below)).to.include('carrierA');
      const at = planOf({ live: owing('10.000000'), change: withLimit('10.000000') });
      expect(refusedOf(at)).to.deep.equal(['carrierA carrier_credit_used_up']);
      expect(detailOf(at)).to.equal('10.000000 EUR owed, limit 10.000000');
    });

    it('but not where there is no limit, or it was paid in advance', () => {
      expect(gatewaysOf(planOf({ live: owing('999999'), change: withLimit(null) }))).to.include(
        'carrierA',
      );
      expect(gatewaysOf(planOf({ live: owing('-5'), change: withLimit('0') }))).to.include(
        'carrierA',
      );
    });

    it('a limit of nothing leaves out a carrier that was never used', () => {
      expect(refusedOf(planOf({ live: owing(null), change: withLimit('0') }))).to.deep.equal([
        'carrierA carrier_credit_used_up',
      ]);
    });
  });

  describe('that may not convert codecs', () => {
    const change = (world: World) => {
      world.gateways = patch(world.gateways, {
        1: { allowTranscoding: false, codecs: 'G729, PCMA@8000h@20i' },
      });
    };
    const offering = (offeredCodecs: readonly string[] | null) =>
      planOf({ change, request: phoneRequest({ offeredCodecs }) });

    it('where the caller offers none of its own', () => {
      const plan = offering(['OPUS', 'PCMU']);
      expect(refusedOf(plan)).to.deep.equal(['carrierA no_common_codec']);
      expect(detailOf(plan)).to.equal('offered OPUS,PCMU, gateway has G729, PCMA@8000h@20i');
    });

    it('but not where one is common, or the offer is not known', () => {
      expect(gatewaysOf(offering(['OPUS', 'PCMA']))).to.include('carrierA');
      expect(gatewaysOf(offering(null))).to.include('carrierA');
    });
  });

  it('tries no gateway again that this leg was tried over in vain', () => {
    const plan = planOf({ request: phoneRequest({ triedGatewayIds: [1, 3] }) });
    expect(gatewaysOf(plan)).to.deep.equal(['carrierB']);
    expect(refusedOf(plan)).to.deep.equal(['carrierA already_tried', 'carrierC already_tried']);
  });

  it('keeps all routes, and how many of them may be used', () => {
    const change = (world: World) => {
      world.plans = [planRow(1, 'two', { maxRoutes: 2 })];
    };
    const plan = paid(planOf({ change }));
    expect(plan.routes).to.have.lengthOf(3);
    expect(plan.maxRoutes).to.equal(2);
  });
});

describe('comparing carriers by a whole call', () => {
  const ringing = (averageCallS: number | null) => ({ averageCallS: () => averageCallS });

  it('takes the average call of the destination where it has a history', () => {
    const lcr = stepOf(planOf({ live: ringing(29.6) }), 'lcr');
    expect(lcr).to.include({ expectedSeconds: 30, expectedFrom: 'history' });
    expect(lcr['expectedPrice']).to.equal('0.300000');
  });

  it('takes the figure of the plan where there is none, or the plan wants it so', () => {
    expect(stepOf(planOf({ live: ringing(null) }), 'lcr')).to.include({
      expectedSeconds: 180,
      expectedFrom: 'plan',
    });
    const change = (world: World) => {
      world.plans = [planRow(1, 'fixed length', { useAcd: false, expectedCallS: 60 })];
    };
    expect(stepOf(planOf({ live: ringing(29), change }), 'lcr')).to.include({
      expectedSeconds: 60,
      expectedFrom: 'plan',
    });
  });

  it('asks for history in the hours and with the attempts the plan says', () => {
    const asked: unknown[] = [];
    const change = (world: World) => {
      world.plans = [planRow(1, 'p', { qualityWindowH: 48, qualityMinAttempts: 5 })];
    };
    planOf({
      change,
      live: {
        averageCallS: (...question) => {
          asked.push(question);
          return null;
        },
      },
    });
    expect(asked).to.deep.equal([['447700900123', { windowH: 48, minAttempts: 5 }]]);
  });

  it('orders another way for a short call than for a long one', () => {
    // A bills whole minutes at 0.12, B seconds at 0.18.
    const change = (world: World) => {
      world.rows = patch(world.rows, { 7: { initialIncrementS: 60, incrementS: 60 } });
    };
    expect(gatewaysOf(planOf({ change, live: ringing(20) }))[0]).to.equal('carrierB');
    expect(gatewaysOf(planOf({ change, live: ringing(60) }))[0]).to.equal('carrierA');
  });

  it('goes by quality where the plan says so', () => {
    const change = (world: World) => {
      world.plans = [planRow(1, 'best', { strategy: 'quality' })];
    };
    const routeQuality = (gatewayId: number) => ({
      attempts: 100,
      asr: gatewayId === 3 ? 0.9 : 0.4,
      acdS: 60,
      pddMs: 500,
      prefix: '44770',
    });
    const plan = planOf({ change, live: { routeQuality } });
    expect(gatewaysOf(plan)[0]).to.equal('carrierC');
    const [best] = stepOf(plan, 'lcr')['routes'] as readonly Record<string, unknown>[];
    expect(best?.['quality']).to.include({ asr: 0.9, attempts: 100 });
  });

  it('converts the cost of a carrier in another currency, and keeps the rate with the route', () => {
    const world = buildWorld();
    world.carriers = patch(world.carriers, { 1: { currency: 'USD' } });
    world.sheets = patch(world.sheets, { 11: { currency: 'USD' } });
    const currencies = new ExchangeRates([
      { from: 'USD', to: 'EUR', rate: '2', effectiveFromMs: NOW_MS - 1 },
      { from: 'USD', to: 'EUR', rate: '9', effectiveFromMs: NOW_MS + 1 },
    ]);
    const snapshot = { ...snapshotOf(world), currencies };
    const plan = planCall(phoneRequest(), planContext(snapshot, NOW_MS));
    // 0.36 USD are 0.72 EUR: between B with 0.54 and C with 0.72, by priority behind C.
    const route = paid(plan).routes.find(({ gatewayName }) => gatewayName === 'carrierA');
    expect(route).to.include({ currency: 'USD', exchangeRate: '2' });
    expect(gatewaysOf(plan)[0]).to.equal('carrierB');
    const unknown = planCall(phoneRequest(), planContext(snapshotOf(world), NOW_MS));
    expect(refusedOf(unknown)).to.deep.equal(['carrierA no_exchange_rate']);
  });

  it('gives a repeated fetch the routes in the same order, and other calls other ones', () => {
    const change = (world: World) => {
      world.rows = patch(world.rows, {
        8: { ratePerMinute: '0.12' },
        9: { ratePerMinute: '0.12' },
      });
      world.planCarriers = world.planCarriers.map((row) => ({ ...row, priority: 0 }));
    };
    const request = phoneRequest();
    const orders = Array.from({ length: 5 }, () => gatewaysOf(planOf({ change, request })).join());
    expect(new Set(orders).size).to.equal(1);
    const others = Array.from({ length: 60 }, () => gatewaysOf(planOf({ change })).join());
    expect(new Set(others).size).to.equal(6);
  });

  it('shares the part of a carrier among its gateways', () => {
    const change = (world: World) => {
      world.plans = [planRow(1, 'shares', { strategy: 'percentage' })];
      const [first] = world.gateways;
      if (first !== undefined) world.gateways.push({ ...first, id: 9, name: 'carrierA2' });
      world.planCarriers = world.planCarriers.map((row) => ({
        ...row,
        sharePercent: row.carrierId === 3 ? 0 : 50,
      }));
    };
    const firsts = Array.from({ length: 600 }, () => gatewaysOf(planOf({ change }))[0]);
    const count = (name: string) => firsts.filter((first) => first === name).length;
    expect(count('carrierB')).to.be.within(230, 370);
    expect(count('carrierA') + count('carrierA2')).to.be.within(230, 370);
    expect(count('carrierC')).to.equal(0);
  });
});
