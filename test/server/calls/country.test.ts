import { expect } from 'chai';
import { describe, it } from 'mocha';
import { countryOf } from '../../../server/calls/country.js';

describe('the country of a number', () => {
  for (const [number, country, why] of [
    ['12025550123', 'US', 'an area code of the United States'],
    ['16045550123', 'CA', 'an area code of Canada'],
    ['18765551234', 'JM', 'an area code of Jamaica, often called by fraud'],
    ['18095551234', 'DO', 'an area code of the Dominican Republic'],
    ['17875551234', 'PR', 'an area code of Puerto Rico'],
    ['447700900123', 'GB', 'a number that fits several countries'],
    ['441534123456', 'JE', 'an area code of Jersey'],
    ['79161234567', 'RU', 'a mobile code of Russia'],
    ['77012345678', 'KZ', 'a code of Kazakhstan'],
    ['390612345678', 'IT', 'a country of its own'],
    ['15555555555', 'US', 'an area code that there is not'],
    ['881612345678', 'ZZ', 'a satellite'],
    ['8835100012345', 'ZZ', 'a network of no country'],
    ['999123456789', 'ZZ', 'a calling code that there is not'],
    ['', 'ZZ', 'nothing'],
  ] as const) {
    it(`of ${number === '' ? 'nothing' : number} is ${country}: ${why}`, () => {
      expect(countryOf(number)).to.equal(country);
    });
  }
});
