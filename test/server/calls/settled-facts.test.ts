import { expect } from 'chai';
import { eq } from 'drizzle-orm';
import { describe, it } from 'mocha';
import { carrierQuality, channelClaims, legCharges } from '../../../db/schema/index.js';
import type { LegEnded } from '../../../server/calls/reports.js';
import { settleReports } from '../../../server/calls/settle-batch.js';
import type { SettleItem } from '../../../server/calls/settle-batch.js';
import { callOf } from '../../support/books.js';
import { ANSWER_US, callerEnded, carrierEnded } from '../../support/leg-reports.js';
import { phoneRequest } from '../../support/requests.js';
import { snapshotOf } from '../../support/use-world.js';
import {
  ACME,
  BETA,
  buildWorld,
  CARRIER_A,
  OPERATOR,
  RESELLER,
  SWITCH_ID,
} from '../../support/world.js';
import { withCompany } from './company.js';

const item = (report: LegEnded): SettleItem => ({
  report,
  switchId: SWITCH_ID,
  inboxId: null,
  isLastTry: false,
});

describe('what settlement keeps of a leg', () => {
  const company = withCompany();

  /** A call decided and held, with the uuid of its caller's leg. */
  const placeCall = async (over: Parameters<typeof phoneRequest>[0] = {}) => {
    const { node, ask } = company();
    const request = phoneRequest(over);
    const { callId } = await ask(node(), request);
    return { callId, callerLeg: request.legUuid };
  };

  const settle = (...reports: readonly LegEnded[]) =>
    settleReports(company().database, reports.map(item), company().clock.nowUs());

  describe('is who was charged what by which release:', () => {
    const chargesOf = (legUuid: string) =>
      company()
        .database.orm.select()
        .from(legCharges)
        .where(eq(legCharges.legUuid, legUuid))
        .orderBy(legCharges.role, legCharges.level);

    it('for every payer of the chain and for the carrier', async () => {
      const { callId } = await placeCall({ authenticated: { domain: 'beta.example' } });
      const leg = carrierEnded(callId, 30);
      await settle(leg);
      const call = await callOf(company().database, callId);
      const common = {
        legUuid: leg.legUuid,
        currency: 'EUR',
        reratedAmount: null,
        coveredS: 0,
        startUs: call.createdUs,
      };
      expect(await chargesOf(leg.legUuid)).to.deep.equal([
        {
          ...common,
          ...{ role: 'payer', level: 0, partyId: BETA, counterpartId: RESELLER },
          ...{ sheetId: 3, releaseId: 3, rowId: 6, amount: '0.300000' },
        },
        {
          ...common,
          ...{ role: 'payer', level: 1, partyId: RESELLER, counterpartId: OPERATOR },
          ...{ sheetId: 2, releaseId: 2, rowId: 5, amount: '0.150000' },
        },
        {
          ...common,
          ...{ role: 'carrier', level: 0, partyId: CARRIER_A, counterpartId: OPERATOR },
          ...{ sheetId: 11, releaseId: 11, rowId: 7, amount: '0.060000' },
        },
      ]);
    });

    it('once, however often and from wherever the end is reported', async () => {
      const { node, second } = company();
      const { callId } = await placeCall();
      const leg = carrierEnded(callId, 30);
      const nodes = [node(), node({ database: second })];
      await Promise.all(nodes.map(({ settler }) => settler.settle(item(leg))));
      await settle(leg, { ...leg, billUs: 60_000_000 });
      const amounts = (await chargesOf(leg.legUuid)).map(({ amount }) => amount);
      expect(amounts).to.deep.equal(['0.300000', '0.060000']);
    });

    it('for a leg whose answer was stored before its end', async () => {
      const { callId } = await placeCall();
      const leg = carrierEnded(callId, 30);
      await company()
        .node()
        .supervisor.answered({ ...leg, kind: 'answered' }, SWITCH_ID);
      expect(await chargesOf(leg.legUuid)).to.deep.equal([]);
      await settle(leg);
      expect(await chargesOf(leg.legUuid)).to.have.lengthOf(2);
    });

    it('but not for an attempt that failed, a free leg or a leg of nobody', async () => {
      const { callId, callerLeg } = await placeCall();
      const answered = carrierEnded(null, 30);
      await settle(
        carrierEnded(callId, 0),
        answered,
        callerEnded(callerLeg, { billUs: 5_000_000 }),
      );
      expect(await company().database.orm.select().from(legCharges)).to.deep.equal([]);
    });

    it('and no carrier of a leg by a gateway that was not decided on', async () => {
      const { callId } = await placeCall();
      const leg = carrierEnded(callId, 30, { gatewayName: 'somebody-else' });
      await settle(leg);
      const charges = await chargesOf(leg.legUuid);
      expect(charges.map(({ role, partyId }) => [role, partyId])).to.deep.equal([['payer', ACME]]);
    });
  });

  describe('is what it says of its gateway:', () => {
    const quality = () => company().database.orm.select().from(carrierQuality);

    it('attempts, answers, talk and delay, counted once per leg', async () => {
      const { node, second } = company();
      const { callId, callerLeg } = await placeCall();
      const failed = carrierEnded(callId, 0);
      const leg = carrierEnded(callId, 30, {
        ...{ startUs: ANSWER_US - 4_000_000, progressUs: ANSWER_US - 1_000_000 },
      });
      const nodes = [node(), node({ database: second })];
      await Promise.all(nodes.map(({ settler }) => settler.settle(item(leg))));
      await settle(failed, leg, callerEnded(callerLeg));
      await settle(failed);
      const rows = await quality();
      const sum = (count: (row: (typeof rows)[number]) => number) =>
        rows.reduce((total, row) => total + count(row), 0);
      expect(
        new Set(rows.map(({ carrierId, prefix }) => `${String(carrierId)} ${prefix}`)),
      ).to.deep.equal(new Set([`${String(CARRIER_A)} 44770`]));
      expect(sum((row) => row.attempts)).to.equal(2);
      expect(sum((row) => row.answered)).to.equal(1);
      expect(sum((row) => row.talkUs)).to.equal(30_000_000);
      expect(sum((row) => row.pddUs)).to.equal(3_000_000);
    });

    it('and nothing of legs that went through no gateway of ours', async () => {
      const { callId, callerLeg } = await placeCall();
      await settle(
        carrierEnded(callId, 5, { gatewayName: 'somebody-else' }),
        callerEnded(callerLeg),
      );
      expect(await quality()).to.deep.equal([]);
    });
  });

  describe('is which channel its call has:', () => {
    const claims = async () => {
      const rows = await company().database.orm.select().from(channelClaims);
      return rows.map((row) => `${String(row.resourceId)} ${row.state}`).sort();
    };

    /** A call over gateways of which each takes five calls. */
    const limitedCall = async () => {
      const world = buildWorld();
      world.gateways = world.gateways.map((gateway) => ({ ...gateway, maxChannels: 5 }));
      const request = phoneRequest();
      const { callId } = await company().node().authorizer.authorize(request, snapshotOf(world));
      return { callId, callerLeg: request.legUuid };
    };

    it('that of the next route, once an attempt has failed', async () => {
      const { callId } = await limitedCall();
      expect(await claims()).to.deep.equal(['1 open']);
      await settle(carrierEnded(callId, 0));
      expect(await claims()).to.deep.equal(['1 closed', '2 open']);
    });

    it('and none once it is over, whichever of its legs is reported last', async () => {
      const { callId, callerLeg } = await limitedCall();
      const failed = carrierEnded(callId, 0);
      const answered = carrierEnded(callId, 30, { routeIndex: 1, gatewayName: 'carrierB' });
      await settle(answered, callerEnded(callerLeg));
      await settle(failed);
      expect((await claims()).filter((claim) => claim.endsWith('open'))).to.deep.equal([]);
    });
  });
});
