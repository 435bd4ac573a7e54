import { expect } from 'chai';
import { eq } from 'drizzle-orm';
import { before, describe, it } from 'mocha';
import {
  accounts,
  extensions,
  portedNumbers,
  rateRows,
  rateSheets,
} from '../../../db/schema/index.js';
import { ACME, ACME_1002, rateRow, SHEET_ACME, SHEET_BETA } from '../../support/world.js';
import { withQuestions } from './asking.js';

const US_NUMBER = '12125550123';
/** The network it moved to, in another state. */
const ROUTING_NUMBER = '13055550000';

describe('what a call to an unusual number would do', function () {
  this.timeout(60_000);
  const questions = withQuestions();

  before(async () => {
    const { orm } = questions().database;
    await orm.update(rateSheets).set({ ratedOn: 'lrn' }).where(eq(rateSheets.id, SHEET_ACME));
    await orm.insert(portedNumbers).values({ number: US_NUMBER, routingNumber: ROUTING_NUMBER });
    await orm.insert(rateRows).values([
      { ...rateRow(201, SHEET_ACME, '1212', '0.6') },
      {
        ...rateRow(202, SHEET_ACME, '1305', '0.7'),
        intrastateRate: '0.9',
        indeterminateRate: '0.8',
      },
      rateRow(203, 11, '1', '0.1'),
      rateRow(204, SHEET_BETA, '447700', '0.5'),
    ]);
    await orm
      .update(extensions)
      .set({ kind: 'mobile', mobileNumber: '447700900555' })
      .where(eq(extensions.id, ACME_1002));
    await orm.update(accounts).set({ mobileRateSheetId: SHEET_BETA }).where(eq(accounts.id, ACME));
  });

  it('is priced by the number it is routed by, as the call is', async () => {
    const test = await questions().ask({ to: US_NUMBER });
    const { decision } = await questions().decide({ dialled: US_NUMBER });
    expect(test.steps).to.deep.equal(decision.steps);
    expect(test.number).to.include({
      destination: US_NUMBER,
      routingNumber: ROUTING_NUMBER,
      jurisdiction: 'unknown',
    });
    expect(test.payers[0]?.rate).to.include({
      rowId: 202,
      ratePerMinute: '0.9',
      column: 'intrastate',
    });
  });

  it('takes the price of the states both ends are in', async () => {
    const test = await questions().ask({ to: US_NUMBER, caller: '+1 212 555 0100' });
    expect(test.number.jurisdiction).to.equal('interstate');
    expect(test.payers[0]?.rate).to.include({ ratePerMinute: '0.7', column: 'interstate' });
    expect(test.payers[0]?.price?.amount).to.equal('0.700000');
    const within = await questions().ask({ to: US_NUMBER, caller: '13055550001' });
    expect(within.payers[0]?.rate).to.include({ ratePerMinute: '0.9', column: 'intrastate' });
  });

  it('shows a refused call the price that refuses it', async () => {
    const test = await questions().ask({ to: '34910000000' });
    expect(test.refusal).to.equal('would_lose_money');
    expect(test.payers[0]?.rate?.ratePerMinute).to.equal('0.06');
    expect(test.carriers.map(({ gateway, reason }) => [gateway, reason])).to.deep.equal([
      ['carrierA', 'would_lose_money'],
      ['carrierB', 'no_rate'],
      ['carrierC', 'no_rate'],
    ]);
  });

  it('is charged by the mobile sheet for a mobile extension, whoever calls', async () => {
    const inside = await questions().ask({ to: '1002' });
    const { decision } = await questions().decide({ dialled: '1002' });
    expect(inside.steps).to.deep.equal(decision.steps);
    expect(inside.number.destination).to.equal('447700900555');
    expect(inside.payers[0]?.rate).to.include({ sheetId: SHEET_BETA, rowId: 204 });
    const outside = await questions().ask({ from: 'carrierA', to: '972365987456' });
    expect(outside).to.include({ outcome: 'routed', direction: 'outbound' });
    expect(outside.owner).to.include({ accountId: ACME, did: '972365987456' });
    expect(outside.payers[0]?.price?.amount).to.equal('0.500000');
  });
});
