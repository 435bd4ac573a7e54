import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { CallPlan } from '../../../server/calls/call-plan.js';
import { phoneRequest } from '../../support/requests.js';
import { accountBlock, accountGuard } from '../../support/world-rules.js';
import {
  ACME,
  ACME_1001,
  ACME_1002,
  extension,
  plan as planRow,
  planCarrier,
} from '../../support/world.js';
import type { World } from '../../support/world.js';
import { patch, planOf, reasonOf, stepOf } from './planning.js';

const emergency = (change: (world: World) => void = () => undefined, dialled = '112') =>
  planOf({ request: phoneRequest({ dialled }), change });

function gatewaysOf(plan: CallPlan): readonly string[] {
  if (plan.kind !== 'free' || plan.target.kind !== 'emergency') throw new Error(reasonOf(plan));
  return plan.target.gateways.map(({ gatewayName }) => gatewayName);
}

describe('an emergency call', () => {
  it('goes out by the gateways of the plan in order of priority, free of charge', () => {
    const plan = emergency();
    expect(gatewaysOf(plan)).to.deep.equal(['carrierC', 'carrierB', 'carrierA']);
    expect(plan).to.deep.include({ direction: 'outbound', destination: '112' });
    expect(stepOf(plan, 'target')).to.deep.equal({
      kind: 'target',
      target: 'emergency',
      number: '112',
      gateways: ['carrierC', 'carrierB', 'carrierA'],
    });
  });

  it('gives each gateway the number in its own form, and the caller who calls', () => {
    const plan = emergency();
    if (plan.kind !== 'free' || plan.target.kind !== 'emergency') throw new Error(reasonOf(plan));
    expect(plan.target.gateways.map(({ number }) => number)).to.deep.equal([
      '112',
      '112',
      '77#112',
    ]);
    expect(plan.caller.number).to.equal('442071838750');
  });

  for (const [what, change] of [
    [
      'of a paused extension',
      (world: World) => {
        world.extensions = patch(world.extensions, { [ACME_1001]: { status: 'paused' } });
      },
    ],
    [
      'of a suspended account',
      (world: World) => {
        world.accounts = patch(world.accounts, { [ACME]: { status: 'suspended' } });
      },
    ],
    [
      'of a closed account',
      (world: World) => {
        world.accounts = patch(world.accounts, { [ACME]: { status: 'closed' } });
      },
    ],
    [
      'of a blocked account',
      (world: World) => {
        world.accountBlocks.push(accountBlock(1, ACME));
      },
    ],
    [
      'against every rule of a guard',
      (world: World) => {
        world.accountGuards.push(
          accountGuard(ACME, { maxPricePerMinute: '0', newCountry: 'block', dailySpend: '0' }),
        );
      },
    ],
    [
      'of an account without a price, and at its limit of calls',
      (world: World) => {
        world.accounts = patch(world.accounts, {
          [ACME]: { rateSheetId: null, maxCalls: 0, maxCps: 0 },
        });
      },
    ],
    [
      'on the money of an extension that has none',
      (world: World) => {
        const over = { funds: 'shared', fundsExtensionId: ACME_1002 } as const;
        world.extensions = patch(world.extensions, { [ACME_1001]: over });
      },
    ],
    [
      'beside an extension of that number',
      (world: World) => {
        world.extensions.push(extension(77, ACME, 1, '112'));
      },
    ],
    [
      'of an account in a broken tree',
      (world: World) => {
        world.accounts = patch(world.accounts, { [ACME]: { parentId: 4711 } });
      },
    ],
  ] as const) {
    it(`is never refused: ${what}`, () => {
      expect(gatewaysOf(emergency(change))).to.have.lengthOf(3);
    });
  }

  it('keeps to gateways that take such calls and are not switched off', () => {
    const plan = emergency((world) => {
      world.gateways = patch(world.gateways, { 2: { carriesEmergency: false } });
      world.carriers = patch(world.carriers, { 3: { status: 'disabled' } });
    });
    expect(gatewaysOf(plan)).to.deep.equal(['carrierA']);
  });

  it('follows the plan of the extension', () => {
    const plan = emergency((world) => {
      world.plans.push(planRow(2, 'only B'));
      world.planCarriers.push(planCarrier(2, 2));
      world.extensions = patch(world.extensions, { [ACME_1001]: { lcrPlanId: 2 } });
    });
    expect(gatewaysOf(plan)).to.deep.equal(['carrierB']);
  });

  it('uses every gateway there is where the plan has none for it', () => {
    const plan = emergency((world) => {
      world.plans.push(planRow(2, 'only B'));
      world.planCarriers.push(planCarrier(2, 2));
      world.extensions = patch(world.extensions, { [ACME_1001]: { lcrPlanId: 2 } });
      world.gateways = patch(world.gateways, {
        1: { priority: 9 },
        2: { carriesEmergency: false },
        3: { priority: 1 },
      });
    });
    expect(gatewaysOf(plan)).to.deep.equal(['carrierC', 'carrierA']);
  });

  it('tries a gateway that is down last, and does not leave it out', () => {
    const plan = planOf({
      request: phoneRequest({ dialled: '911' }),
      live: { gatewayDown: (_switchId, name) => (name === 'carrierC' ? 'DOWN' : null) },
    });
    expect(gatewaysOf(plan)).to.deep.equal(['carrierB', 'carrierA', 'carrierC']);
  });

  it('is refused only where no gateway takes it', () => {
    const plan = emergency((world) => {
      world.gateways = world.gateways.map((row) => ({ ...row, carriesEmergency: false }));
    });
    expect(reasonOf(plan)).to.equal('no_carrier');
  });

  for (const [what, dialled] of [
    ['a longer number', '1125'],
    ['the number abroad', '+112'],
    ['no such number', '113'],
  ] as const) {
    it(`is not ${what}`, () => {
      expect(reasonOf(emergency(undefined, dialled))).to.equal('no_rate');
    });
  }

  it('is not made by somebody who is not one of our phones', () => {
    const stranger = phoneRequest({ dialled: '112', authenticated: { user: null, domain: null } });
    expect(reasonOf(planOf({ request: stranger }))).to.equal('not_authenticated');
  });
});
