import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { AccountGuardRow } from '../../../db/repositories/snapshot.js';
import type { CallPlan } from '../../../server/calls/call-plan.js';
import { phoneRequest } from '../../support/requests.js';
import { accountGuard } from '../../support/world-rules.js';
import {
  account,
  ACME,
  ACME_1001,
  BETA,
  OPERATOR,
  rateRow,
  RESELLER,
  SHEET_ACME,
} from '../../support/world.js';
import type { World } from '../../support/world.js';
import { NOW_MS, paid, patch, planOf, reasonOf, stepOf } from './planning.js';

const ofBeta = () => phoneRequest({ authenticated: { domain: 'beta.example' } });

/** A call to Britain at 0.6 a minute by an account with this guard. */
const guarded = (
  guard: Partial<AccountGuardRow>,
  change: (world: World) => void = () => undefined,
  nowMs = NOW_MS,
) =>
  planOf({
    context: { nowMs },
    change: (world) => {
      world.accountGuards.push(accountGuard(ACME, guard));
      change(world);
    },
  });

/** The first minute at the usual price, what follows far above it. */
const TIERS = [
  { startS: 0, ratePerMinute: '0.6', incrementS: 1 },
  { startS: 60, ratePerMinute: '2', incrementS: 1 },
];

const eventsOf = (plan: CallPlan) => plan.guardEvents ?? [];

const at = (time: string) => Date.parse(`2026-11-22T${time}:00Z`);

describe('a ceiling of the price a minute', () => {
  it('lets a call pass that costs as much', () => {
    expect(reasonOf(guarded({ maxPricePerMinute: '0.60000000' }))).to.equal('paid');
  });

  it('refuses a dearer one, and says which price it was', () => {
    const plan = guarded({ maxPricePerMinute: '0.59999999' });
    expect(reasonOf(plan)).to.equal('price_too_high');
    expect(stepOf(plan, 'guard')).to.include({
      accountId: ACME,
      rule: 'price_too_high',
      outcome: 'breach',
      pricePerMinute: '0.6',
      ceiling: '0.59999999',
      prefix: '44',
      destination: '447700900123',
    });
    expect(plan.steps.at(-1)).to.deep.equal({ kind: 'refused', reason: 'price_too_high' });
  });

  for (const [what, over] of [
    ['begins dearer', { initialRatePerMinute: '2' }],
    ['gets dearer', { tiers: TIERS }],
  ] as const) {
    it(`refuses a call that ${what}`, () => {
      const plan = guarded({ maxPricePerMinute: '1' }, (world) => {
        world.rows = world.rows.map((row) =>
          row.releaseId === SHEET_ACME ? { ...row, ...over } : row,
        );
      });
      expect(reasonOf(plan)).to.equal('price_too_high');
    });
  }

  it('of a reseller looks at what the reseller pays', () => {
    const of = (ceiling: string) =>
      reasonOf(
        planOf({
          request: ofBeta(),
          change: (world) => {
            world.accountGuards.push(accountGuard(RESELLER, { maxPricePerMinute: ceiling }));
          },
        }),
      );
    expect(of('0.3')).to.equal('paid');
    expect(of('0.2')).to.equal('price_too_high');
  });

  it('of a branch and of its head office both count', () => {
    for (const id of [ACME, 9]) {
      const plan = planOf({
        change: (world) => {
          world.accounts.push(account(9, 'customer', OPERATOR));
          world.accounts = patch(world.accounts, { [ACME]: { paidById: 9 } });
          world.accountGuards.push(accountGuard(id, { maxPricePerMinute: '0.1' }));
        },
      });
      expect(reasonOf(plan)).to.equal('price_too_high');
      expect(stepOf(plan, 'guard')['accountId']).to.equal(id);
    }
  });

  it('asks nothing of calls that stay inside', () => {
    const plan = planOf({
      request: phoneRequest({ dialled: '1002' }),
      change: (world) => {
        world.accountGuards.push(accountGuard(ACME, { maxPricePerMinute: '0' }));
      },
    });
    expect(plan.kind).to.equal('free');
  });
});

describe('a ceiling of the price by night', () => {
  const night = (from: string, to: string) => ({
    nightFrom: from,
    nightTo: to,
    nightMaxPricePerMinute: '0.5',
  });

  for (const [window, time, zone, reason] of [
    [night('22:00', '06:00'), '22:00', 'UTC', 'night_rule'],
    [night('22:00', '06:00'), '21:59', 'UTC', 'paid'],
    [night('22:00', '06:00'), '05:59', 'UTC', 'night_rule'],
    [night('22:00', '06:00'), '06:00', 'UTC', 'paid'],
    [night('01:00', '05:00'), '00:59', 'UTC', 'paid'],
    [night('01:00', '05:00'), '01:00', 'UTC', 'night_rule'],
    [night('01:00', '05:00'), '05:00', 'UTC', 'paid'],
    [night('01:00', '01:00'), '12:00', 'UTC', 'night_rule'],
    [night('22:00', '06:00'), '20:30', 'Asia/Jerusalem', 'night_rule'],
    [night('22:00', '06:00'), '04:30', 'Asia/Jerusalem', 'paid'],
    [night('22:00', '06:00'), '03:30', 'America/New_York', 'night_rule'],
  ] as const) {
    const { nightFrom, nightTo } = window;
    it(`from ${nightFrom} to ${nightTo} finds ${time} UTC in ${zone}: ${reason}`, () => {
      const plan = guarded(
        window,
        (world) => {
          world.accounts = patch(world.accounts, { [ACME]: { timeZone: zone } });
        },
        at(time),
      );
      expect(reasonOf(plan)).to.equal(reason);
    });
  }

  it('lets a cheap call pass at night', () => {
    const plan = guarded({ ...night('00:00', '23:59'), nightMaxPricePerMinute: '0.6' });
    expect(reasonOf(plan)).to.equal('paid');
  });

  it('is told of with the time on the wall of the account', () => {
    const plan = guarded(
      night('22:00', '06:00'),
      (world) => {
        world.accounts = patch(world.accounts, { [ACME]: { timeZone: 'Asia/Jerusalem' } });
      },
      at('22:30'),
    );
    const [event] = eventsOf(plan);
    expect(event).to.include({ kind: 'breach', rule: 'night_rule', day: '2026-11-23' });
    expect(event?.detail).to.include({ time: '00:30', timeZone: 'Asia/Jerusalem' });
  });
});

describe('a country that was never called', () => {
  const known =
    (...countries: readonly string[]) =>
    (world: World) => {
      world.accountCountries.push(
        ...countries.map((country) => ({
          accountId: ACME,
          country,
          source: 'called' as const,
          createdUs: 1,
        })),
      );
    };

  it('is no matter where nobody asks', () => {
    expect(eventsOf(guarded({ newCountry: 'off' }))).to.deep.equal([]);
  });

  it('is told of, and the call passes', () => {
    const plan = guarded({ newCountry: 'alert' });
    expect(reasonOf(plan)).to.equal('paid');
    expect(eventsOf(plan)).to.deep.equal([
      {
        kind: 'alert',
        accountId: ACME,
        rule: 'new_country',
        day: '2026-11-22',
        country: 'GB',
        detail: { destination: '447700900123', country: 'GB' },
      },
    ]);
    expect(stepOf(plan, 'guard')).to.include({ outcome: 'alert', country: 'GB' });
  });

  it('is refused where the guard says so', () => {
    const plan = guarded({ newCountry: 'block' }, known('US', 'FR'));
    expect(reasonOf(plan)).to.equal('new_country');
    expect(eventsOf(plan)[0]).to.include({ kind: 'breach', country: 'GB' });
  });

  for (const newCountry of ['alert', 'block'] as const) {
    it(`is none any more once it was called or allowed (${newCountry})`, () => {
      const plan = guarded({ newCountry }, known('GB'));
      expect(reasonOf(plan)).to.equal('paid');
      expect(eventsOf(plan)).to.deep.equal([]);
    });
  }

  it('is told apart by area code: Jamaica is not the United States', () => {
    const plan = planOf({
      request: phoneRequest({ dialled: '18765551234' }),
      change: (world) => {
        world.rows.push(rateRow(90, SHEET_ACME, '1', '0.6'));
        world.accountGuards.push(accountGuard(ACME, { newCountry: 'block' }));
        known('US')(world);
      },
    });
    expect(reasonOf(plan)).to.equal('new_country');
  });

  it('is told of to each account of the chain whose guard asks', () => {
    const plan = planOf({
      request: ofBeta(),
      change: (world) => {
        world.accountGuards.push(
          accountGuard(BETA, { newCountry: 'alert' }),
          accountGuard(RESELLER, { newCountry: 'alert' }),
        );
      },
    });
    expect(eventsOf(plan).map(({ accountId }) => accountId)).to.deep.equal([BETA, RESELLER]);
  });
});

describe('what may be spent in a day', () => {
  it('goes along with the plan, for the local day of each payer', () => {
    const plan = planOf({
      request: ofBeta(),
      context: { nowMs: at('23:30') },
      change: (world) => {
        world.accounts = patch(world.accounts, { [RESELLER]: { timeZone: 'Asia/Jerusalem' } });
        world.accountGuards.push(
          accountGuard(BETA, { dailySpend: '5.000000' }),
          accountGuard(RESELLER, { dailySpend: '50.000000' }),
        );
      },
    });
    expect(paid(plan).dailyLimits).to.deep.equal([
      { accountId: BETA, day: '2026-11-22', limit: '5.000000' },
      { accountId: RESELLER, day: '2026-11-23', limit: '50.000000' },
    ]);
  });

  it("counts for the account and not for an extension's own money", () => {
    const plan = guarded({ dailySpend: '5.000000' }, (world) => {
      world.extensions = patch(world.extensions, { [ACME_1001]: { funds: 'own' } });
    });
    expect(paid(plan).payers).to.have.lengthOf(2);
    expect(paid(plan).dailyLimits).to.have.lengthOf(1);
  });
});
