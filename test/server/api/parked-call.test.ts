import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import { withApi } from './api-client.js';

describe('the dialplan lines of an extension', () => {
  const api = withApi();
  let domainId: unknown;

  before(async () => {
    const account = await api().create('/accounts', {
      kind: 'operator',
      code: 'operator',
      name: 'Operator',
      billing_mode: 'postpaid',
      currency: 'EUR',
      parent_id: null,
    });
    const domain = { account_id: account['id'], name: 'acme.example' };
    domainId = (await api().create('/domains', domain))['id'];
  });

  const linesOf = async (fields: object) => {
    const input = { domain_id: domainId, name: 'Anna', ...fields };
    const extension = await api().create('/extensions', input);
    return api().get(`/extensions/${String(extension['id'])}/parked-call`);
  };

  it('name it and park the call', async () => {
    const answer = await linesOf({ number: '1001', password: 'a-password-of-anna' });
    expect(answer.status).to.equal(200);
    expect(answer.body).to.deep.equal({
      rl_authorize: '1001@acme.example',
      dialplan:
        '<action application="set" data="rl_authorize=1001@acme.example"/>\n' +
        '<action application="park"/>',
    });
  });

  it('are not to be had for a mobile one, nor for one that is not there', async () => {
    const mobile = await linesOf({ number: '1002', kind: 'mobile', mobile_number: '447700900123' });
    expect(mobile.status).to.equal(422);
    expect((await api().get('/extensions/999999/parked-call')).status).to.equal(404);
  });
});
