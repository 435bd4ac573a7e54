import { expect } from 'chai';
import { describe, it } from 'mocha';
import { calls, cdrInbox, legs, ledgerTransactions } from '../../../db/schema/index.js';
import { insertInboxRows } from '../../../db/repositories/inbox.js';
import { extendHold } from '../../../server/calls/extend-hold.js';
import { settleReports } from '../../../server/calls/settle-batch.js';
import type { SettleItem } from '../../../server/calls/settle-batch.js';
import { BrokenStatementError, breakingDatabase } from '../../support/breaking-database.js';
import { expectCorrectBooks, openHolds, purseOf } from '../../support/books.js';
import { ANSWER_US, callerEnded, carrierEnded } from '../../support/leg-reports.js';
import { nextUuid, phoneRequest } from '../../support/requests.js';
import { ACME, SWITCH_ID } from '../../support/world.js';
import { withCompany } from './company.js';

/** Breaks the work at its first statement, its second and so on, until it goes through. */
async function breakEverywhere(
  breaking: ReturnType<typeof breakingDatabase>,
  work: () => Promise<unknown>,
  afterBreak: () => Promise<void>,
): Promise<number> {
  for (let statement = 1; ; statement += 1) {
    breaking.breakAt(statement);
    try {
      await work();
      return statement - 1;
    } catch (error) {
      if (!(error instanceof BrokenStatementError)) throw error;
    }
    await afterBreak();
  }
}

describe('a node that dies in the middle', () => {
  const company = withCompany();

  it('of a settlement leaves all of it or nothing, and it is settled once', async () => {
    const { node, ask, database, clock } = company();
    const request = phoneRequest();
    const { callId } = await ask(node(), request);
    const leg = carrierEnded(callId, 30);
    const answered = carrierEnded(callId, 1, { gatewayName: 'carrierB' });
    await node().supervisor.answered({ ...answered, kind: 'answered' }, SWITCH_ID);
    const reports = [leg, answered, callerEnded(request.legUuid)];
    const items = reports.map((report): SettleItem => {
      return { report, switchId: SWITCH_ID, inboxId: nextUuid(), isLastTry: false };
    });
    await insertInboxRows(
      database.orm,
      items.map(({ inboxId, report }) => ({
        id: inboxId ?? '',
        switchId: SWITCH_ID,
        legUuid: report.legUuid,
        receivedUs: 1,
        report,
      })),
    );
    const before = await purseOf(database, ACME);
    const breaking = breakingDatabase(database);
    const survived = await breakEverywhere(
      breaking,
      () => settleReports(breaking.database, items, clock.nowUs()),
      async () => {
        expect(await purseOf(database, ACME)).to.deep.equal(before);
        expect(await openHolds(database)).to.have.lengthOf(1);
        expect(await database.orm.select().from(cdrInbox)).to.have.lengthOf(3);
        expect(await database.orm.select().from(legs)).to.have.lengthOf(1);
        expect(await database.orm.select().from(ledgerTransactions)).to.have.lengthOf(3);
      },
    );
    expect(survived).to.be.above(10);
    expect(await purseOf(database, ACME)).to.deep.equal({ balance: '99.690000', held: '0.000000' });
    expect(await database.orm.select().from(cdrInbox)).to.deep.equal([]);
    await expectCorrectBooks(database);
  });

  it('of a decision holds nothing, and the next question is decided', async () => {
    const { node, database, snapshot } = company();
    const breaking = breakingDatabase(database);
    const request = phoneRequest();
    const survived = await breakEverywhere(
      breaking,
      async () => {
        const { refusal } = await node({ database: breaking.database }).authorizer.authorize(
          request,
          snapshot,
        );
        if (refusal === 'internal_error') throw new BrokenStatementError();
        expect(refusal).to.equal(null);
      },
      async () => {
        expect(await openHolds(database)).to.deep.equal([]);
        expect(await database.orm.select().from(calls)).to.deep.equal([]);
        expect((await purseOf(database, ACME)).held).to.equal('0.000000');
      },
    );
    expect(survived).to.be.above(3);
    expect(await openHolds(database)).to.have.lengthOf(1);
    await expectCorrectBooks(database);
  });

  it('of an extension extends nothing', async () => {
    const { node, ask, database } = company();
    const { callId } = await ask(node(), phoneRequest());
    const breaking = breakingDatabase(database);
    const request = {
      callId,
      knownGrantedS: 60,
      sliceS: 60,
      maxS: 600,
      answerUs: ANSWER_US,
      newsGraceUs: 0,
      creditLimitOf: () => '0',
    };
    const survived = await breakEverywhere(
      breaking,
      async () => {
        expect(await extendHold(breaking.database, request)).to.include({ grantedS: 120 });
      },
      async () => {
        expect((await purseOf(database, ACME)).held).to.equal('0.600000');
        await expectCorrectBooks(database);
      },
    );
    expect(survived).to.be.above(3);
    expect((await purseOf(database, ACME)).held).to.equal('1.200000');
    await expectCorrectBooks(database);
  });
});
