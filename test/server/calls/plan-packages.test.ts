import { expect } from 'chai';
import { describe, it } from 'mocha';
import { phoneRequest } from '../../support/requests.js';
import { addPackage } from '../../support/world-rules.js';
import { account, ACME, ACME_1001, ACME_1002, BETA, OPERATOR } from '../../support/world.js';
import type { World } from '../../support/world.js';
import { NOW_MS, paid, patch, planOf, stepOf } from './planning.js';

const offersOf = (change: (world: World) => void, nowMs = NOW_MS) =>
  paid(planOf({ change, context: { nowMs } })).allowances;

const idsOf = (change: (world: World) => void, nowMs = NOW_MS) =>
  offersOf(change, nowMs).map(({ ownerId }) => ownerId);

const us = (iso: string) => Date.parse(iso) * 1000;

describe('inclusive time of a call', () => {
  it('is offered from a package whose prefix the number has, for the period it is in', () => {
    const offers = offersOf((world) => {
      addPackage(world, {
        id: 5,
        accountId: ACME,
        prefixes: ['34', '4477'],
        package: { includedS: 3600, incrementS: 60 },
        assignment: { startsOn: '2026-10-10', generation: 2 },
      });
    });
    expect(offers).to.deep.equal([
      {
        ownerType: 'package',
        ownerId: 5,
        generation: 2,
        periodStartUs: us('2026-11-10T00:00:00Z'),
        periodEndUs: us('2026-12-10T00:00:00Z'),
        totalS: 3600,
        incrementS: 60,
      },
    ]);
  });

  it('begins at midnight of the account', () => {
    const [offer] = offersOf((world) => {
      world.accounts = patch(world.accounts, { [ACME]: { timeZone: 'Asia/Jerusalem' } });
      addPackage(world, { id: 5, accountId: ACME, prefixes: [''] });
    });
    expect(offer?.periodStartUs).to.equal(us('2026-10-31T22:00:00Z'));
  });

  it('is explained by what may be used', () => {
    const plan = planOf({
      change: (world) => {
        addPackage(world, { id: 5, accountId: ACME, prefixes: [''] });
      },
    });
    expect(stepOf(plan, 'inclusive')['offers']).to.deep.equal([
      {
        of: 'package',
        id: 5,
        generation: 0,
        until: '2026-12-01T00:00:00.000Z',
        totalS: 600,
        incrementS: 1,
      },
    ]);
  });

  it('is used in the order in which it ends, then in that of the assignments', () => {
    const ids = idsOf((world) => {
      const once = { period: 'once' } as const;
      addPackage(world, { id: 1, accountId: ACME, prefixes: [''], package: once });
      addPackage(world, { id: 2, accountId: ACME, prefixes: [''] });
      addPackage(world, { id: 3, accountId: ACME, extensionId: ACME_1001, prefixes: [''] });
      addPackage(world, {
        id: 4,
        accountId: ACME,
        prefixes: [''],
        assignment: { endsOn: '2026-11-24' },
      });
    });
    expect(ids).to.deep.equal([4, 2, 3, 1]);
  });

  for (const [what, change] of [
    ['for other numbers', { prefixes: ['34'] }],
    ['for no number at all', { prefixes: [] }],
    ['of another account', { accountId: BETA }],
    ['of another extension', { extensionId: ACME_1002 }],
    ['that begins tomorrow', { assignment: { startsOn: '2026-11-23' } }],
    ['that ended with yesterday', { assignment: { endsOn: '2026-11-22' } }],
    ['that is switched off', { package: { status: 'disabled' } }],
  ] as const) {
    it(`is not offered from a package ${what}`, () => {
      const ids = idsOf((world) => {
        addPackage(world, { id: 1, accountId: ACME, prefixes: [''], ...change });
      });
      expect(ids).to.deep.equal([]);
    });
  }

  it("is the calling extension's alone where its own money pays first", () => {
    const ids = idsOf((world) => {
      world.extensions = patch(world.extensions, { [ACME_1001]: { funds: 'own' } });
      addPackage(world, { id: 1, accountId: ACME, prefixes: [''] });
      addPackage(world, { id: 2, accountId: ACME, extensionId: ACME_1001, prefixes: [''] });
    });
    expect(ids).to.deep.equal([2]);
  });

  it('is also that of the head office that pays', () => {
    const ids = idsOf((world) => {
      world.accounts.push(account(9, 'customer', OPERATOR));
      world.accounts = patch(world.accounts, { [ACME]: { paidById: 9 } });
      addPackage(world, { id: 1, accountId: ACME, prefixes: [''] });
      addPackage(world, { id: 2, accountId: 9, prefixes: [''] });
    });
    expect(ids).to.deep.equal([1, 2]);
  });

  it('is not that of the reseller above', () => {
    const plan = planOf({
      request: phoneRequest({ authenticated: { domain: 'beta.example' } }),
      change: (world) => {
        addPackage(world, { id: 1, accountId: 2, prefixes: [''] });
      },
    });
    expect(paid(plan).allowances).to.deep.equal([]);
  });
});
