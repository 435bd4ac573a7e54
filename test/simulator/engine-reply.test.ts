import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  preprocess,
  readDialplan,
  readDirectory,
  readMenu,
} from '../../scripts/simulator/engine-reply.js';
import { dialplanReply, NOT_FOUND, userReply } from './fake-engine.js';

describe('the simulated switch reading a reply', () => {
  it('loses a declaration line and everything on it, as the preprocessor does', () => {
    expect(preprocess('<?xml version="1.0"?>\n<a/>\n')).to.equal('<a/>\n');
    const oneLine = `<?xml version="1.0"?>${dialplanReply('t', []).replaceAll('\n', '')}`;
    expect(readDialplan(oneLine, 't')).to.deep.equal({
      kind: 'unusable',
      why: 'nothing is left after the preprocessor',
    });
  });

  it('takes the actions of the wanted context, in order', () => {
    const text = dialplanReply('t42', [
      ['set', 'a=1'],
      ['bridge', 'x'],
    ]);
    expect(readDialplan(text, 't42')).to.deep.equal({
      kind: 'actions',
      actions: [
        { application: 'set', data: 'a=1' },
        { application: 'bridge', data: 'x' },
      ],
    });
    expect(readDialplan(text, 'other')).to.include({ kind: 'unusable', why: 'no context other' });
    expect(readDialplan(dialplanReply('global', []), 'other')).to.include({ kind: 'actions' });
  });

  it('tells not found from unusable', () => {
    expect(readDialplan(NOT_FOUND, 't')).to.deep.equal({ kind: 'not_found' });
    expect(readDirectory(NOT_FOUND, '1001')).to.deep.equal({ kind: 'not_found' });
    expect(readDialplan('<document><section name="dialplan">', 't').kind).to.equal('unusable');
    expect(readDialplan('', 't').kind).to.equal('unusable');
    expect(readDialplan(userReply('1001', 'x'), 't').kind).to.equal('unusable');
  });

  it('decodes entities in attribute values', () => {
    const text = dialplanReply('t', [['set', 'a=1&2']]);
    const reply = readDialplan(text, 't');
    expect(reply.kind === 'actions' ? reply.actions[0]?.data : null).to.equal('a=1&2');
  });

  it('merges params and variables of domain, group and user, the nearest winning', () => {
    const text = [
      '<document type="freeswitch/xml"><section name="directory"><domain name="d">',
      '<variables><variable name="a" value="domain"/><variable name="b" value="domain"/></variables>',
      '<groups><group name="g"><users><user id="1">',
      '<params><param name="password" value="p"/></params>',
      '<variables><variable name="a" value="user"/></variables>',
      '</user></users></group></groups></domain></section></document>',
    ].join('\n');
    const reply = readDirectory(text, '1');
    expect(reply.kind === 'user' ? Object.fromEntries(reply.variables) : null).to.deep.equal({
      a: 'user',
      b: 'domain',
    });
    expect(readDirectory(text, '2')).to.deep.equal({ kind: 'not_found' });
  });

  it('finds the entries of a menu', () => {
    const text = [
      '<document type="freeswitch/xml"><section name="configuration">',
      '<configuration name="ivr.conf"><menus><menu name="m">',
      '<entry action="menu-exec-app" digits="5" param="transfer 9196 XML default"/>',
      '</menu></menus></configuration></section></document>',
    ].join('\n');
    expect(readMenu(text, 'm')).to.deep.equal([
      { action: 'menu-exec-app', digits: '5', param: 'transfer 9196 XML default' },
    ]);
    expect(readMenu(text, 'n')).to.equal(null);
  });
});
