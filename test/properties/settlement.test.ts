import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { eq } from 'drizzle-orm';
import { legs } from '../../db/schema/index.js';
import { Decimal } from '../../rating/money.js';
import type { LegEnded } from '../../server/calls/reports.js';
import { settleReports } from '../../server/calls/settle-batch.js';
import { withCompany } from '../server/calls/company.js';
import { expectCorrectBooks, openHolds, purseOf } from '../support/books.js';
import { callerEnded, carrierEnded } from '../support/leg-reports.js';
import { phoneRequest } from '../support/requests.js';
import { ACME, SWITCH_ID } from '../support/world.js';

/** One call: how many carriers fail before one answers, and how long is talked; 0 is never. */
const callShape = fc.record({
  failures: fc.nat({ max: 2 }),
  talkedS: fc.nat({ max: 60 }),
  answeredIsKnown: fc.boolean(),
});

/** Reports in any order, some told again and again, cut into batches for two nodes. */
const streamShape = fc.record({
  calls: fc.array(callShape, { minLength: 1, maxLength: 5 }),
  shuffle: fc.infiniteStream(fc.nat({ max: 1_000_000 })),
  repeats: fc.array(fc.nat({ max: 30 }), { maxLength: 12 }),
  batch: fc.integer({ min: 1, max: 6 }),
});

const GATEWAYS = ['carrierA', 'carrierB', 'carrierC'];

describe('any stream of reports', () => {
  const company = withCompany();

  it('in any order, with any repetition, on two nodes, ends in the same books', async function () {
    this.timeout(30_000);
    const { node, ask, database, second, clock } = company();
    let spent = new Decimal(0);
    await fc.assert(
      fc.asyncProperty(streamShape, async ({ calls, shuffle, repeats, batch }) => {
        const one = node();
        const reports: LegEnded[] = [];
        for (const { failures, talkedS, answeredIsKnown } of calls) {
          const request = phoneRequest();
          const { callId } = await ask(one, request);
          for (const gatewayName of GATEWAYS.slice(0, failures)) {
            reports.push(carrierEnded(callId, 0, { gatewayName }));
          }
          const last = carrierEnded(callId, talkedS, { gatewayName: 'carrierC' });
          if (answeredIsKnown && talkedS > 0) {
            await one.supervisor.answered({ ...last, kind: 'answered' }, SWITCH_ID);
          }
          reports.push(last, callerEnded(request.legUuid));
          spent = spent.plus(new Decimal(talkedS).times('0.01'));
        }
        const again = repeats.flatMap((index) => reports.slice(index, index + 1));
        const order = [...reports, ...again]
          .map((report) => ({ report, place: shuffle.next().value }))
          .sort((a, b) => a.place - b.place)
          .map(({ report }) => report);
        const batches = Array.from({ length: Math.ceil(order.length / batch) }, (_, index) =>
          order.slice(index * batch, (index + 1) * batch),
        );
        // Two nodes work through them side by side.
        await Promise.all(
          [database, second].map(async (handle, nodeIndex) => {
            for (const [index, part] of batches.entries()) {
              if (index % 2 !== nodeIndex) continue;
              const items = part.map((report) => ({
                report,
                switchId: SWITCH_ID,
                inboxId: null,
                isLastTry: false,
              }));
              await settleReports(handle, items, clock.nowUs());
            }
          }),
        );
        const purse = await purseOf(database, ACME);
        expect(purse.balance).to.equal(new Decimal(100).minus(spent).toFixed(6));
        expect(purse.held).to.equal('0.000000');
        expect(await openHolds(database)).to.deep.equal([]);
        const running = await database.orm.select().from(legs).where(eq(legs.state, 'answered'));
        expect(running).to.deep.equal([]);
        await expectCorrectBooks(database);
      }),
      { numRuns: 25 },
    );
  });
});
