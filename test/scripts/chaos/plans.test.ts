import { expect } from 'chai';
import { describe, it } from 'mocha';
import { callMix } from '../../../scripts/chaos/call-mix.js';
import { mostAtOnce } from '../../../scripts/chaos/checks/limits.js';
import { planInjections } from '../../../scripts/chaos/injections.js';
import { amountText, micros, plainPrice } from '../../../scripts/chaos/plain-price.js';
import { Dice } from '../../../scripts/chaos/random.js';
import { planTopUps } from '../../../scripts/chaos/top-ups.js';
import { chaosWorld } from '../../../scripts/chaos/world-accounts.js';
import { payersOfCall, payersOfDid } from '../../../scripts/chaos/world.js';

const world = chaosWorld();

function plansOf(seed: number): string {
  const calls = callMix({
    world,
    dice: new Dice(seed, 'calls'),
    hosts: 2,
    callsPerSecond: 8,
    durationMs: 30_000,
    longestMs: 60_000,
  });
  const injections = planInjections({
    dice: new Dice(seed, 'injections'),
    durationMs: 30_000,
    everyMs: 2_000,
    targets: 2,
  });
  // What the far ends will do is part of the plan.
  const shown = calls.map(({ plan, ...call }) => [
    call,
    plan,
    [0, 1, 2].map((attempt) => plan.farEnd(attempt, '')),
  ]);
  return JSON.stringify([shown, injections, planTopUps(world, new Dice(seed, 'm'), 30_000, 700)]);
}

describe('the plan of a chaos run', () => {
  it('is the same for the same seed and another for another', () => {
    expect(plansOf(7)).to.equal(plansOf(7));
    expect(plansOf(7)).not.to.equal(plansOf(8));
  });

  it('places as many calls as it is told, several of one account at a time', () => {
    const calls = callMix({
      world,
      dice: new Dice(1, 'calls'),
      hosts: 2,
      callsPerSecond: 8,
      durationMs: 60_000,
      longestMs: 60_000,
    });
    expect(calls).to.have.length(480);
    const starts = new Set(calls.map(({ dueMs }) => dueMs));
    expect(starts.size).to.be.within(100, 400);
    expect(calls.every(({ dueMs }) => dueMs >= 0 && dueMs < 60_000)).to.equal(true);
    expect(new Set(calls.map(({ kind }) => kind)).size).to.equal(10);
  });

  it('breaks every kind of thing before it breaks one kind over and over', () => {
    const injections = planInjections({
      dice: new Dice(3, 'injections'),
      durationMs: 120_000,
      everyMs: 4_000,
      targets: 2,
    });
    expect(new Set(injections.map(({ kind }) => kind)).size).to.equal(9);
    expect(injections.every(({ dueMs }) => dueMs < 120_000)).to.equal(true);
  });
});

describe('the second opinion of a chaos run', () => {
  const rate = { prefix: '44', perMinute: '0.7', connectFee: '0.02', initialS: 30, incrementS: 6 };

  it('charges started seconds in started increments, rounded half up', () => {
    expect(amountText(plainPrice(rate, 0))).to.equal('0.000000');
    expect(amountText(plainPrice(rate, 1))).to.equal('0.370000');
    expect(amountText(plainPrice(rate, 30_000_000))).to.equal('0.370000');
    expect(amountText(plainPrice(rate, 30_000_001))).to.equal('0.440000');
    const odd = { ...rate, perMinute: '0.0001', connectFee: '0', initialS: 1, incrementS: 1 };
    expect(amountText(plainPrice(odd, 1_000_000))).to.equal('0.000002');
  });

  it('reads and writes money without losing a digit', () => {
    for (const text of ['0.000001', '-12.340000', '99999999.999999']) {
      expect(amountText(micros(text))).to.equal(text);
    }
    expect(() => micros('0.0000001')).to.throw('six decimals');
    expect(() => micros('1,5')).to.throw('not an amount');
  });

  it('knows who pays for whom', () => {
    const of = (phone: string) => payersOfCall(world, phone).map(({ who, sheet }) => [who, sheet]);
    expect(of('1001@c7.example')).to.deep.equal([
      ['C7', 'Retail second'],
      ['R2', 'Wholesale'],
      ['R1', 'Transit'],
    ]);
    expect(of('1002@c13.example')).to.deep.equal([
      ['1001@c13.example', 'Retail second'],
      ['C13', 'Retail second'],
      ['R1', 'Transit'],
    ]);
    expect(of('1003@c16.example')).to.deep.equal([['C2', 'Retail second']]);
    expect(of('1001@nowhere.example')).to.deep.equal([]);
  });

  it('knows who pays for being called', () => {
    const paid = world.dids.map((did) =>
      payersOfDid(world, did)
        .map(({ who }) => who)
        .join(' '),
    );
    expect(paid).to.deep.equal(['', '', '', 'C5', 'C14 R3', 'C14 R3', 'C14 R3', '', '']);
  });

  it('counts calls at a time, one that ends as another begins only once', () => {
    const span = (fromUs: number, toUs: number) => ({ fromUs, toUs, legUuid: String(fromUs) });
    expect(mostAtOnce([span(0, 10), span(10, 20), span(5, 12)])).to.deep.equal({
      most: 2,
      legUuid: '5',
    });
    expect(mostAtOnce([]).most).to.equal(0);
  });
});
