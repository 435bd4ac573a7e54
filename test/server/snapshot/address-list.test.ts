import { expect } from 'chai';
import { describe, it } from 'mocha';
import { AddressList } from '../../../server/snapshot/address-list.js';

describe('a list of addresses', () => {
  it('has what its ranges contain', () => {
    const list = AddressList.from(['203.0.113.0/28', '198.51.100.7', '2001:db8::/32']);
    expect(list.has('203.0.113.15')).to.equal(true);
    expect(list.has('203.0.113.16')).to.equal(false);
    expect(list.has('198.51.100.7')).to.equal(true);
    expect(list.has('198.51.100.8')).to.equal(false);
    expect(list.has('2001:db8:1::1')).to.equal(true);
    expect(list.has('2001:db9::1')).to.equal(false);
  });

  it('takes an IPv4 address in IPv6 clothes for what it is', () => {
    expect(AddressList.from(['127.0.0.1/32']).has('::ffff:127.0.0.1')).to.equal(true);
    expect(AddressList.from(['::/0']).has('127.0.0.1')).to.equal(false);
  });

  it('is empty, and so lets nobody in, when it holds nothing readable', () => {
    for (const value of [null, 'all', {}, [1, null, 'x', '1.2.3.4/99', '999.1.1.1']]) {
      const list = AddressList.from(value);
      expect(list.has('1.2.3.4')).to.equal(false);
      expect(list.cidrs).to.deep.equal([]);
    }
  });

  it('has nothing that is no address', () => {
    const list = AddressList.from(['0.0.0.0/0', '::/0']);
    for (const text of ['', 'localhost', "1' or '1'='1"]) {
      expect(list.has(text)).to.equal(false);
    }
  });

  it('writes every range with its bits, also a single address', () => {
    const list = AddressList.from(['198.51.100.7', '203.0.113.0/28', '2001:db8::1']);
    expect(list.cidrs).to.deep.equal(['198.51.100.7/32', '203.0.113.0/28', '2001:db8::1/128']);
  });
});
