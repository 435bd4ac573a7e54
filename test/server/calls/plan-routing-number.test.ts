import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { CallPlan } from '../../../server/calls/call-plan.js';
import { normalizeRoutingNumber, parseDialled } from '../../../server/calls/normalize-number.js';
import { phoneRequest } from '../../support/requests.js';
import { ACME, ACME_1001, rateRow } from '../../support/world.js';
import type { World } from '../../support/world.js';
import { gatewaysOf, paid, patch, planOf, reasonOf, refusedOf, stepOf } from './planning.js';

const NUMBER = '12125551234';
/** The number moved to California. */
const ROUTING = '14155550000';

/** Acme is charged by the routing number, all carriers by the number; the caller is in New York. */
function american(world: World): void {
  world.sheets = patch(world.sheets, { 1: { ratedOn: 'lrn' } });
  world.rows.push(
    rateRow(101, 1, '1', '0.6'),
    rateRow(102, 1, '1415', '0.9'),
    ...[11, 12, 13].map((sheet) => rateRow(sheet + 100, sheet, '1', '0.1')),
  );
  world.extensions = patch(world.extensions, {
    [ACME_1001]: { callerIdNumber: '17165550000' },
  });
}

const trusting = (world: World): void => {
  american(world);
  world.accounts = patch(world.accounts, { [ACME]: { trustsLrn: true } });
};

const rateOf = (plan: CallPlan) => paid(plan).payers[0]?.rate.row.ratePerMinute;
const dial = (dialled: string) => phoneRequest({ dialled });

describe('a ported number', () => {
  it('prices by its routing number where the sheet says so, and is dialled as itself', () => {
    const plan = paid(
      planOf({ request: dial(NUMBER), change: american, context: { routingNumber: ROUTING } }),
    );
    expect(rateOf(plan)).to.equal('0.9');
    expect(plan).to.include({ destination: NUMBER, routingNumber: ROUTING });
    expect(plan.routingNumberBy).to.equal('lookup');
    expect(plan.routes.map(({ number }) => number)).to.include(NUMBER);
    expect(plan.routes[0]?.rate.row.prefix).to.equal('1');
  });

  it('is believed of a caller whose account may say it, before what was looked up', () => {
    const request = dial(`${NUMBER};npdi;rn=${ROUTING}`);
    const plan = planOf({ request, change: trusting, context: { routingNumber: '13125550000' } });
    expect(rateOf(plan)).to.equal('0.9');
    expect(plan).to.include({ routingNumber: ROUTING, routingNumberBy: 'caller' });
    expect(JSON.stringify(paid(plan).routes)).not.to.match(/npdi|rn=/);
  });

  it('is not believed of anybody else', () => {
    const request = dial(`${NUMBER};npdi;rn=${ROUTING}`);
    const plan = planOf({ request, change: american });
    expect(rateOf(plan)).to.equal('0.6');
    expect(plan).to.include({ destination: NUMBER, routingNumber: null });
  });

  it('is not ported where the trusted caller asked and found nothing', () => {
    const request = dial(`${NUMBER};npdi`);
    const plan = planOf({ request, change: trusting, context: { routingNumber: ROUTING } });
    expect(plan).to.include({ routingNumber: null, routingNumberBy: 'caller' });
    expect(rateOf(plan)).to.equal('0.6');
  });

  it('falls back on what was looked up where the trusted caller writes nonsense', () => {
    const request = dial(`${NUMBER};npdi;rn=abc`);
    const plan = planOf({ request, change: trusting, context: { routingNumber: ROUTING } });
    expect(plan).to.include({ routingNumber: ROUTING, routingNumberBy: 'lookup' });
  });
});

describe('the jurisdiction of a call', () => {
  it('is told from the number shown and the routing number', () => {
    const within = planOf({ request: dial(NUMBER), change: american });
    expect(within.jurisdiction).to.equal('intrastate');
    const across = planOf({
      request: dial(NUMBER),
      change: american,
      context: { routingNumber: ROUTING },
    });
    expect(across.jurisdiction).to.equal('interstate');
    expect(stepOf(across, 'routing')).to.deep.equal({
      kind: 'routing',
      routingNumber: ROUTING,
      by: 'lookup',
      jurisdiction: 'interstate',
      caller: '17165550000',
    });
  });

  it('is unknown where the caller shows no number of a state, and none outside the country', () => {
    const change = (world: World) => {
      american(world);
      world.extensions = patch(world.extensions, { [ACME_1001]: { callerIdNumber: null } });
    };
    expect(planOf({ request: dial(NUMBER), change }).jurisdiction).to.equal('unknown');
    expect(planOf({ change }).jurisdiction).to.equal(null);
  });

  it('picks the price, and the highest of all where it is unknown', () => {
    const priced = (callerIdNumber: string | null) => (world: World) => {
      american(world);
      world.rows = patch(world.rows, {
        101: { ratePerMinute: '0.5', intrastateRate: '0.9', indeterminateRate: '0.7' },
      });
      world.extensions = patch(world.extensions, { [ACME_1001]: { callerIdNumber } });
    };
    const at = (callerIdNumber: string | null) =>
      rateOf(planOf({ request: dial(NUMBER), change: priced(callerIdNumber) }));
    expect(at('17165550000')).to.equal('0.9');
    expect(at('14155550000')).to.equal('0.5');
    expect(at(null)).to.equal('0.9');
  });

  it('leaves out carriers that a plan has for the other kind of call', () => {
    const change = (world: World) => {
      american(world);
      world.planCarriers = world.planCarriers.map((row) => ({
        ...row,
        jurisdiction:
          row.carrierId === 1 ? 'interstate' : row.carrierId === 2 ? 'intrastate' : 'any',
      }));
    };
    const within = planOf({ request: dial(NUMBER), change });
    expect(gatewaysOf(within)).to.deep.equal(['carrierC', 'carrierB']);
    expect(refusedOf(within)).to.deep.equal(['carrierA jurisdiction_excluded']);
    // A call outside the country is asked for no jurisdiction.
    expect(gatewaysOf(planOf({ change }))).to.have.lengthOf(3);
  });
});

describe('reading dialled text', () => {
  for (const [text, digits, routingNumber, isDipped] of [
    ['447700900123', '447700900123', null, false],
    ['+12125551234;npdi', '+12125551234', null, true],
    ['12125551234;NPDI=yes;RN=+14155550000', '12125551234', '+14155550000', true],
    ['12125551234;rn=4155550000;rn-context=+1', '12125551234', '4155550000', true],
    ['*98;x=1', '*98', null, false],
  ] as const) {
    it(`takes ${text} apart`, () => {
      expect(parseDialled(text)).to.deep.equal({ digits, routingNumber, isDipped });
    });
  }

  for (const text of ['', 'alice', '1;', '1;rn=', '1;rn=${x}', '1;rn=1|2', "1;rn='", '1 ;npdi']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(parseDialled(text)).to.equal(null);
      expect(reasonOf(planOf({ request: dial(text) }))).to.equal('number_unknown');
    });
  }

  it('takes ten digits for a routing number of North America, beside a number of it only', () => {
    expect(normalizeRoutingNumber('4155550000', NUMBER)).to.equal('14155550000');
    expect(normalizeRoutingNumber('4155550000', '447700900123')).to.equal('4155550000');
    expect(normalizeRoutingNumber('+4155550000', NUMBER)).to.equal('4155550000');
    expect(normalizeRoutingNumber('abc', NUMBER)).to.equal(null);
  });
});
