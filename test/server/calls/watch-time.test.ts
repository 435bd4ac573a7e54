import { expect } from 'chai';
import { describe, it } from 'mocha';
import { WatchTime } from '../../../server/calls/watch-time.js';

const GRACE_US = 60_000_000;

describe('the time a node has watched', () => {
  const look = (watch: WatchTime, second: number) =>
    watch.look({ nowUs: second * 1_000_000, graceUs: GRACE_US });

  it('is long enough once looks without a break go back for the whole grace', () => {
    const watch = new WatchTime();
    expect([0, 15, 30, 45, 59].map((second) => look(watch, second))).to.not.include(true);
    expect(look(watch, 60)).to.equal(true);
    expect(look(watch, 75)).to.equal(true);
  });

  it('begins anew after a break, and when the clock went back', () => {
    const watch = new WatchTime();
    for (const second of [0, 15, 30, 45, 60]) look(watch, second);
    expect(look(watch, 91)).to.equal(false);
    for (const second of [105, 120, 135]) expect(look(watch, second)).to.equal(false);
    expect(look(watch, 151)).to.equal(true);
    expect(look(watch, 140)).to.equal(false);
  });
});
