import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { CallPlan } from '../../../server/calls/call-plan.js';
import type { CallTarget } from '../../../server/calls/decision.js';
import { carrierRequest, phoneRequest } from '../../support/requests.js';
import { ACME, ACME_1001, ACME_1002, BETA, extension } from '../../support/world.js';
import type { World } from '../../support/world.js';
import { HOSTILE } from '../../xml/hostile.js';
import { paid, patch, planOf, reasonOf, stepOf } from './planning.js';

const inside = () => phoneRequest({ dialled: '1002' });
const outside = () => carrierRequest();

const forwarding =
  (to: string, more: Partial<World['extensions'][number]> = {}) =>
  (world: World) => {
    world.extensions = patch(world.extensions, { [ACME_1002]: { forwardTo: to, ...more } });
  };

function targetOf(plan: CallPlan): CallTarget | null {
  if (plan.kind === 'refused') throw new Error(plan.reason);
  return plan.target;
}

describe('an extension that forwards', () => {
  for (const [who, request, direction] of [
    ['a colleague', inside, 'internal'],
    ['a carrier', outside, 'inbound'],
  ] as const) {
    it(`sends a call of ${who} on to a number outside, as a call of its own`, () => {
      const plan = planOf({ request: request(), change: forwarding('+447700900777') });
      expect(plan.kind).to.equal('free');
      expect(plan.direction).to.equal(direction);
      expect(targetOf(plan)).to.deep.equal({
        kind: 'transfer',
        to: '+447700900777',
        extensionId: ACME_1002,
        hops: 1,
      });
      expect(stepOf(plan, 'forward')).to.deep.equal({
        kind: 'forward',
        from: '1002@acme.example',
        to: '+447700900777',
        hops: 1,
      });
    });
  }

  it('keeps the price of being called', () => {
    const plan = planOf({
      request: outside(),
      change: (world) => {
        forwarding('447700900777')(world);
        world.dids = patch(world.dids, { 1: { maxChannels: 2 } });
      },
    });
    expect(paid(plan)).to.deep.include({ direction: 'inbound', payers: [] });
    expect(targetOf(plan)).to.include({ kind: 'transfer', extensionId: ACME_1002 });
  });

  it('pays for what it sends outside, and shows its own number, whoever called', () => {
    for (const authenticated of [
      { extensionId: ACME_1002 },
      { extensionId: ACME_1002, user: null, domain: null, profile: 'external', didId: 1 },
    ]) {
      const plan = planOf({
        request: phoneRequest({ hops: 1, authenticated }),
        change: (world) => {
          const more = { callerIdNumber: '442071838751', funds: 'own' } as const;
          forwarding('447700900777', more)(world);
        },
      });
      const { payers, caller, owner } = paid(plan);
      expect(payers[0]).to.include({ accountId: ACME, extensionId: ACME_1002 });
      expect(caller.number).to.equal('442071838751');
      expect(owner.extension?.extension.id).to.equal(ACME_1002);
      expect(stepOf(plan, 'owner')['by']).to.equal('earlier_decision');
    }
  });

  it('is not charged for what a phone dials whose leg it never sent on', () => {
    const plan = planOf({ request: phoneRequest({ authenticated: { extensionId: ACME_1002 } }) });
    expect(paid(plan).owner.extension?.extension.id).to.equal(ACME_1001);
  });

  it('may not be paused: then nothing is sent on', () => {
    const plan = planOf({
      request: inside(),
      change: forwarding('447700900777', { status: 'paused' }),
    });
    expect(reasonOf(plan)).to.equal('extension_paused');
  });

  it('is followed to another extension of the domain, here and now', () => {
    const plan = planOf({
      request: inside(),
      change: (world) => {
        forwarding('1010')(world);
        world.extensions.push(extension(10, ACME, 1, '1010', { ringTimeoutS: 33 }));
      },
    });
    expect(targetOf(plan)).to.deep.equal({
      kind: 'extension',
      number: '1010',
      domain: 'acme.example',
    });
    expect(plan).to.include({ ringTimeoutS: 33 });
  });

  it('is followed through others, to a number outside that the last one pays for', () => {
    const plan = planOf({
      request: inside(),
      change: (world) => {
        forwarding('1010')(world);
        world.extensions.push(
          extension(10, ACME, 1, '1010', { forwardTo: '1011' }),
          extension(11, ACME, 1, '1011', { forwardTo: '447700900777' }),
        );
      },
    });
    expect(targetOf(plan)).to.include({ kind: 'transfer', extensionId: 11, hops: 3 });
  });

  it('is not followed into another domain', () => {
    const plan = planOf({
      request: inside(),
      change: (world) => {
        forwarding('1010')(world);
        world.extensions.push(extension(10, BETA, 2, '1010'));
      },
    });
    expect(targetOf(plan)).to.include({ kind: 'transfer', to: '1010' });
  });

  for (const [what, change] of [
    ['to itself', forwarding('1002')],
    [
      'in a circle',
      (world: World) => {
        forwarding('1010')(world);
        world.extensions.push(extension(10, ACME, 1, '1010', { forwardTo: '1002' }));
      },
    ],
    ['to a number of ours, which would come back by a carrier', forwarding('972365987457')],
    ['to a number of ours as it is dialled', forwarding('00972365987457')],
  ] as const) {
    it(`ends a call that it sends ${what}`, () => {
      expect(reasonOf(planOf({ request: inside(), change }))).to.equal('call_loop');
    });
  }

  it('ends a call that was sent on five times, on the way outside too', () => {
    const plan = planOf({
      request: phoneRequest({ dialled: '1002', hops: 5 }),
      change: forwarding('447700900777'),
    });
    expect(reasonOf(plan)).to.equal('call_loop');
  });

  it('connects nobody to an emergency number who did not call it', () => {
    expect(reasonOf(planOf({ request: inside(), change: forwarding('112') }))).to.equal(
      'number_unknown',
    );
    const sentOn = phoneRequest({
      dialled: '112',
      hops: 1,
      authenticated: { extensionId: ACME_1002 },
    });
    expect(planOf({ request: sentOn }).kind).to.equal('refused');
  });

  for (const [what, text] of Object.entries(HOSTILE)) {
    it(`sends nothing on to ${what}`, () => {
      const plan = planOf({ request: inside(), change: forwarding(text) });
      expect(reasonOf(plan)).to.equal('number_unknown');
    });
  }
});
