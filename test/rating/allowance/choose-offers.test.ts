import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  choosePackages,
  matchesPrefixes,
  offerFreeMinutes,
  packagePeriod,
} from '../../../rating/allowance/choose-offers.js';
import type { AssignedPackage } from '../../../rating/allowance/choose-offers.js';
import { FOREVER_MS } from '../../../rating/allowance/periods.js';

const AT_MS = Date.UTC(2026, 10, 22, 12);
const CALL = { number: '442079460123', atMs: AT_MS, timeZone: 'UTC' };

function assigned(over: Partial<AssignedPackage>): AssignedPackage {
  return {
    assignmentId: 1,
    generation: 0,
    period: 'monthly',
    startsOn: '2026-01-01',
    endsOn: null,
    includedS: 6000,
    incrementS: 60,
    prefixes: ['44'],
    ...over,
  };
}

describe('choosing packages for a call', () => {
  it('takes those whose prefixes the number begins with', () => {
    expect(matchesPrefixes('4420', ['1', '442'])).to.equal(true);
    expect(matchesPrefixes('4420', ['4420', '43'])).to.equal(true);
    expect(matchesPrefixes('4420', ['44201'])).to.equal(false);
    expect(matchesPrefixes('4420', [''])).to.equal(true);
    expect(matchesPrefixes('4420', [])).to.equal(false);
    expect(choosePackages([assigned({ prefixes: ['49'] })], CALL)).to.deep.equal([]);
  });

  it('offers the seconds of the period that holds the call', () => {
    expect(choosePackages([assigned({ generation: 2 })], CALL)).to.deep.equal([
      {
        ownerType: 'package',
        ownerId: 1,
        generation: 2,
        periodStartUs: Date.UTC(2026, 10, 1) * 1000,
        periodEndUs: Date.UTC(2026, 11, 1) * 1000,
        totalS: 6000,
        incrementS: 60,
      },
    ]);
  });

  it('puts what expires first before the rest, and the lower assignment before the higher', () => {
    const offers = choosePackages(
      [
        assigned({ assignmentId: 5, period: 'once' }),
        assigned({ assignmentId: 4 }),
        assigned({ assignmentId: 3 }),
        assigned({ assignmentId: 9, startsOn: '2026-01-25' }),
        assigned({ assignmentId: 2, period: 'once', endsOn: '2026-11-24' }),
      ],
      CALL,
    );
    expect(offers.map(({ ownerId }) => ownerId)).to.deep.equal([2, 9, 3, 4, 5]);
  });

  it('knows days of the zone only, from the first to the one before the end', () => {
    const once = assigned({ period: 'once', startsOn: '2026-11-22', endsOn: '2026-11-23' });
    const at = (timeZone: string) => packagePeriod(once, timeZone, AT_MS);
    expect(at('UTC')).to.deep.equal({
      fromMs: Date.UTC(2026, 10, 22),
      toMs: Date.UTC(2026, 10, 23),
    });
    // Noon of UTC is the next day on Kiritimati.
    expect(at('Pacific/Kiritimati')).to.equal(null);
    expect(packagePeriod({ ...once, startsOn: '2026-11-23', endsOn: null }, 'UTC', AT_MS)).to.equal(
      null,
    );
  });

  it('cuts the last month at the end, and lets what has none last for ever', () => {
    const cut = packagePeriod(assigned({ endsOn: '2026-11-25' }), 'UTC', AT_MS);
    expect(cut).to.deep.equal({ fromMs: Date.UTC(2026, 10, 1), toMs: Date.UTC(2026, 10, 25) });
    const forever = packagePeriod(assigned({ period: 'once' }), 'UTC', AT_MS);
    expect(forever?.toMs).to.equal(FOREVER_MS);
    expect(Number.isSafeInteger(FOREVER_MS * 1000)).to.equal(true);
  });
});

describe('free minutes of a DID', () => {
  it('are the seconds of a calendar month, counted one by one', () => {
    const offer = offerFreeMinutes({ didId: 7, freeMinutes: 100 }, CALL);
    expect(offer).to.deep.equal({
      ownerType: 'did',
      ownerId: 7,
      generation: 0,
      periodStartUs: Date.UTC(2026, 10, 1) * 1000,
      periodEndUs: Date.UTC(2026, 11, 1) * 1000,
      totalS: 6000,
      incrementS: 1,
    });
  });
});
