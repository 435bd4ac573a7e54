import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { CallPlan } from '../../../server/calls/call-plan.js';
import type { CallRequest } from '../../../server/calls/call-request.js';
import { planCall } from '../../../server/calls/plan-call.js';
import { carrierRequest, phoneRequest, planContext } from '../../support/requests.js';
import { snapshotOf } from '../../support/use-world.js';
import {
  ACME,
  ACME_1001,
  ACME_1002,
  account,
  BETA,
  BETA_1001,
  buildWorld,
  extension,
} from '../../support/world.js';
import type { World } from '../../support/world.js';

const NOW_MS = Date.UTC(2026, 10, 22, 12);

function planOf(request: CallRequest, change: (world: World) => void = () => undefined): CallPlan {
  const world = buildWorld();
  change(world);
  return planCall(request, planContext(snapshotOf(world), NOW_MS));
}

/** One word for what was decided: the reason, or the kind and where to. */
function verdict(plan: CallPlan): string {
  switch (plan.kind) {
    case 'refused':
      return plan.reason;
    case 'paid':
      return `paid ${plan.destination}`;
    case 'free':
      return plan.target.kind === 'extension'
        ? `${plan.direction} ${plan.target.number}@${plan.target.domain}`
        : plan.target.kind === 'menu'
          ? `menu ${plan.target.name}`
          : plan.target.kind;
  }
}

const suspend = (accountId: number) => (world: World) => {
  world.accounts = world.accounts.map((row) =>
    row.id === accountId ? { ...row, status: 'suspended' } : row,
  );
};

describe('planning a call', () => {
  describe('finds who calls', () => {
    it('from the digest of the INVITE', () => {
      const plan = planOf(phoneRequest());
      expect(plan.owner?.account.id).to.equal(ACME);
      expect(plan.owner?.extension?.extension.id).to.equal(ACME_1001);
    });

    it('from the domain, so that equal numbers of two tenants are never confused', () => {
      const plan = planOf(phoneRequest({ authenticated: { domain: 'beta.example' } }));
      expect(plan.owner?.account.id).to.equal(BETA);
      expect(plan.owner?.extension?.extension.id).to.equal(BETA_1001);
    });

    it('whatever case the phone writes its domain in', () => {
      const plan = planOf(phoneRequest({ authenticated: { domain: 'ACME.Example' } }));
      expect(plan.owner?.account.id).to.equal(ACME);
    });

    it('from our own mark on a leg that is transferred', () => {
      const marked = { user: null, domain: null, extensionId: ACME_1002 };
      const plan = planOf(phoneRequest({ authenticated: marked }));
      expect(plan.owner?.extension?.extension.id).to.equal(ACME_1002);
      expect(plan.kind).to.equal('paid');
    });

    it('from the digest rather than from a mark, when there are both', () => {
      const plan = planOf(phoneRequest({ authenticated: { extensionId: BETA_1001 } }));
      expect(plan.owner?.account.id).to.equal(ACME);
    });

    it('never from the number the caller shows', () => {
      const nobody = { user: null, domain: null };
      const plan = planOf(phoneRequest({ callerNumber: '1001', authenticated: nobody }));
      expect(verdict(plan)).to.equal('not_authenticated');
      expect(plan.owner).to.equal(null);
    });

    it('and takes a user without a domain, or one that is not ours, for nobody', () => {
      const half = phoneRequest({ authenticated: { domain: null } });
      const stranger = phoneRequest({ authenticated: { domain: 'evil.example' } });
      expect(verdict(planOf(half))).to.equal('not_authenticated');
      expect(verdict(planOf(stranger))).to.equal('not_authenticated');
    });

    it('and takes a mark of something deleted for nobody', () => {
      const gone = { user: null, domain: null, extensionId: 999 };
      const noDid = { user: null, domain: null, didId: 999 };
      expect(verdict(planOf(phoneRequest({ authenticated: gone })))).to.equal('not_authenticated');
      expect(verdict(planOf(phoneRequest({ authenticated: noDid })))).to.equal('not_authenticated');
    });
  });

  describe('stays inside where it can', () => {
    it('and calls an extension of the same domain', () => {
      const plan = planOf(phoneRequest({ dialled: '1002' }));
      expect(verdict(plan)).to.equal('internal 1002@acme.example');
      expect(plan.kind === 'free' && plan.ringTimeoutS).to.equal(25);
    });

    it('and never reaches an extension of another tenant', () => {
      const onlyBeta = phoneRequest({ dialled: '2222' });
      const plan = planOf(onlyBeta, (world) => {
        world.extensions.push(extension(50, BETA, 2, '2222'));
      });
      expect(verdict(plan)).to.equal('no_rate');
    });

    it('and plays the echo', () => {
      expect(verdict(planOf(phoneRequest({ dialled: '9196' })))).to.equal('echo');
    });

    it('but refuses a paused extension', () => {
      expect(verdict(planOf(phoneRequest({ dialled: '1003' })))).to.equal('extension_paused');
    });

    it('and lets a caller from outside who chose in a menu call only inside', () => {
      const inMenu = { user: null, domain: null, profile: 'external', didId: 2 };
      const inside = phoneRequest({ dialled: '1001', authenticated: inMenu });
      const outside = phoneRequest({ dialled: '447700900123', authenticated: inMenu });
      const stranger = phoneRequest({ dialled: '1001', authenticated: { ...inMenu, didId: 3 } });
      expect(verdict(planOf(inside))).to.equal('internal 1001@acme.example');
      expect(verdict(planOf(outside))).to.equal('external_not_allowed');
      expect(verdict(planOf(stranger))).to.equal('internal 1001@beta.example');
    });
  });

  describe('reads the number dialled', () => {
    for (const [dialled, found] of [
      ['447700900123', 'paid 447700900123'],
      ['+447700900123', 'paid 447700900123'],
      ['00447700900123', 'paid 447700900123'],
      ['0447700900123', 'number_unknown'],
      ['*98', 'number_unknown'],
      ['4477009001234567', 'number_unknown'],
      ['', 'number_unknown'],
      ['1', 'number_unknown'],
      ["44770'; DROP TABLE calls", 'number_unknown'],
      ['44${system(id)}', 'number_unknown'],
      ['44|sofia/gateway/x/1', 'number_unknown'],
      ['٤٤٧٧٠٠٩٠٠', 'number_unknown'],
      [`44${'0'.repeat(5000)}`, 'number_unknown'],
    ] as const) {
      it(`${JSON.stringify(dialled.slice(0, 30))} as ${found}`, () => {
        expect(verdict(planOf(phoneRequest({ dialled })))).to.equal(found);
      });
    }
  });

  describe('takes calls from carriers', () => {
    it('by their address, to the extension of the number', () => {
      const plan = planOf(carrierRequest());
      expect(verdict(plan)).to.equal('inbound 1002@acme.example');
      expect(plan.owner?.account.id).to.equal(ACME);
      expect(plan.owner?.didId).to.equal(1);
    });

    it('to a menu', () => {
      expect(verdict(planOf(carrierRequest({ dialled: '+972365987457' })))).to.equal(
        'menu acme-main',
      );
    });

    it('of each tenant to its own', () => {
      expect(verdict(planOf(carrierRequest({ dialled: '972365987458' })))).to.equal(
        'inbound 1001@beta.example',
      );
    });

    it('in IPv6 notation of the same address too', () => {
      const mapped = carrierRequest({ networkAddress: '::ffff:203.0.113.5' });
      expect(verdict(planOf(mapped))).to.equal('inbound 1002@acme.example');
    });

    it('but not from anybody else, whatever they claim to be', () => {
      const claim = { user: '1001', domain: 'acme.example' };
      const stranger = carrierRequest({ networkAddress: '192.0.2.1', authenticated: claim });
      expect(verdict(planOf(stranger))).to.equal('carrier_unknown');
      expect(verdict(planOf(carrierRequest({ networkAddress: 'no address' })))).to.equal(
        'carrier_unknown',
      );
    });

    it('nor from a carrier that is switched off', () => {
      const plan = planOf(carrierRequest(), (world) => {
        world.carriers = world.carriers.map((row) => ({ ...row, status: 'disabled' }));
      });
      expect(verdict(plan)).to.equal('carrier_unknown');
    });

    it('and never sends a carrier out again', () => {
      expect(verdict(planOf(carrierRequest({ dialled: '447700900123' })))).to.equal(
        'number_unknown',
      );
    });

    for (const [what, change, reason] of [
      [
        'a paused number',
        (world: World) => {
          world.dids = world.dids.map((did) => ({ ...did, status: 'paused' }));
        },
        'did_paused',
      ],
      ['a suspended account', suspend(ACME), 'account_suspended'],
      [
        'a paused extension',
        (world: World) => {
          world.dids = world.dids.map((did) => ({ ...did, extensionId: 3 }));
        },
        'extension_paused',
      ],
      [
        'a number that leads nowhere',
        (world: World) => {
          world.dids = world.dids.map((did) => ({ ...did, extensionId: 99 }));
        },
        'number_unknown',
      ],
    ] as const) {
      it(`but refuses ${what}`, () => {
        expect(verdict(planOf(carrierRequest(), change))).to.equal(reason);
      });
    }
  });

  describe('refuses', () => {
    it('a suspended account, also inside', () => {
      expect(verdict(planOf(phoneRequest(), suspend(ACME)))).to.equal('account_suspended');
      expect(verdict(planOf(phoneRequest({ dialled: '1002' }), suspend(ACME)))).to.equal(
        'account_suspended',
      );
    });

    it('a paused extension as the caller', () => {
      const paused = phoneRequest({ authenticated: { user: '1003' } });
      expect(verdict(planOf(paused))).to.equal('extension_paused');
    });

    it('and says why in the last step', () => {
      const plan = planOf(phoneRequest({ authenticated: { user: null } }));
      expect(plan.steps.at(-1)).to.deep.equal({ kind: 'refused', reason: 'not_authenticated' });
    });

    it('and never loops through accounts that are their own ancestors', () => {
      const plan = planOf(phoneRequest(), (world) => {
        world.accounts = [
          account(1, 'operator', null),
          account(2, 'reseller', ACME, { rateSheetId: 1 }),
          account(ACME, 'customer', 2, { rateSheetId: 1 }),
          account(BETA, 'customer', 1),
        ];
      });
      expect(verdict(plan)).to.equal('internal_error');
    });
  });
});
