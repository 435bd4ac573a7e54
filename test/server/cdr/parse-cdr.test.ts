import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { LegEnded } from '../../../server/calls/reports.js';
import { parseCdr } from '../../../server/cdr/parse-cdr.js';
import { recordedRequests } from '../../support/recordings.js';

const bodies = recordedRequests().filter(({ url }) => url.startsWith('/cdr'));

/** The document inside a body as mod_xml_cdr posts it with `encode=true`. */
const xmlOf = (body: string) => decodeURIComponent(body.slice('cdr='.length));

function legOf(body: string): LegEnded {
  const parsed = parseCdr(body);
  if (parsed.kind !== 'leg') throw new Error(parsed.reason);
  return parsed.report;
}

function reasonOf(body: string): string {
  const parsed = parseCdr(body);
  return parsed.kind === 'leg' ? 'read' : parsed.reason;
}

/** The JSON form of the same record, made without the parser under test. */
function jsonOf(body: string, encodeValues: boolean): string {
  const xml = xmlOf(body);
  const part = (name: string) => new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(xml)?.[1] ?? '';
  // The profiles of other legs are nested at the end of a profile: the first of a name is its own.
  const fields = (text: string) =>
    Object.fromEntries(
      [...text.matchAll(/<([\w.-]+)>([^<]*)<\/\1>/g)]
        .map(([, name = '', value = '']) => [
          name,
          encodeValues ? value : decodeURIComponent(value),
        ])
        .reverse(),
    );
  return JSON.stringify({
    'core-uuid': /core-uuid="([^"]+)"/.exec(xml)?.[1],
    switchname: 'fs1',
    variables: fields(part('variables')),
    callflow: [{ profile_index: '1', caller_profile: fields(part('caller_profile')) }],
  });
}

describe('reading a CDR', () => {
  it('has recordings to read', () => {
    expect(bodies).to.have.lengthOf(26);
  });

  for (const { scenario, url, body } of bodies) {
    it(`of ${scenario}, ${url.slice(-8)}, in every form it can be posted in`, () => {
      const leg = legOf(body);
      expect(url).to.contain(leg.legUuid);
      expect(leg.source).to.equal('cdr');
      expect(leg.direction).to.equal(url.includes('=a_') ? 'inbound' : 'outbound');
      expect(leg.coreUuid).to.have.lengthOf(36);
      expect(leg.endUs).to.be.within(1_795_327_000_000_000, 1_795_328_000_000_000);
      expect(leg.startUs).to.be.within(1, leg.endUs);
      if (leg.answerUs === 0) expect(leg.billUs).to.equal(0);
      else expect(leg.billUs).to.equal(leg.endUs - leg.answerUs);
      expect(leg.hangupCause).to.match(/^[A-Z_]+$/);

      const xml = xmlOf(body);
      const base64 = Buffer.from(xml).toString('base64');
      expect(legOf(xml)).to.deep.equal(leg);
      expect(legOf(`cdr=${xml}`)).to.deep.equal(leg);
      expect(legOf(`cdr=${base64}`)).to.deep.equal(leg);
      expect(legOf(`cdr=${encodeURIComponent(base64)}`)).to.deep.equal(leg);
      for (const encodeValues of [true, false]) {
        const json = jsonOf(body, encodeValues);
        expect(legOf(json)).to.deep.equal(leg);
        expect(legOf(`cdr=${encodeURIComponent(json)}`)).to.deep.equal(leg);
      }
    });
  }

  it('tells the gateway and the leg that caused it of each outbound leg to a carrier', () => {
    const legs = bodies
      .filter(({ scenario }) => scenario.startsWith('04-'))
      .map(({ body }) => legOf(body))
      .filter(({ direction }) => direction === 'outbound');
    expect(legs.map(({ gatewayName }) => gatewayName)).to.deep.equal(['carrierA', 'carrierB']);
    expect(legs.map(({ protocolCause }) => protocolCause)).to.include('sip:503');
    expect(new Set(legs.map(({ originatingLegUuid }) => originatingLegUuid)).size).to.equal(1);
  });

  const json = (variables: Readonly<Record<string, unknown>>) =>
    JSON.stringify({ 'core-uuid': 'x', variables });
  const good = {
    uuid: 'a1e60000-0000-4000-8000-000000000001',
    direction: 'outbound',
    end_uepoch: '1795327068670479',
  };

  it('reads a record with little in it', () => {
    expect(legOf(json(good))).to.include({
      legUuid: good.uuid,
      billUs: 0,
      destination: '',
      callId: null,
    });
  });

  it('survives a stray percent sign', () => {
    const leg = legOf(json({ ...good, hangup_cause: '100%_SURE%20', rl_call: '%zz' }));
    expect(leg).to.include({ hangupCause: '100%_SURE ', callId: null });
  });

  it('takes no number it could not count with', () => {
    const odd = { answer_uepoch: '1795327060000000', billusec: '9999999999999999' };
    const leg = legOf(json({ ...good, ...odd }));
    expect(Number.isSafeInteger(leg.billUs)).to.equal(true);
    for (const text of ['NaN', '-1', '1e9', 'Infinity', '0x10', ' 5']) {
      expect(legOf(json({ ...good, answer_uepoch: text })).answerUs).to.equal(0);
    }
  });

  for (const [what, body, reason] of [
    ['nothing', '', 'neither JSON nor XML'],
    ['words', 'hello', 'neither JSON nor XML'],
    ['half a JSON', '{"variables":{', 'JSON'],
    ['a JSON list', '{}x', 'JSON'],
    ['JSON without variables', '{}', 'no leg uuid or direction among the variables'],
    [
      'variables that are a list',
      '{"variables":[1]}',
      'no leg uuid or direction among the variables',
    ],
    ['no uuid', json({ direction: 'outbound' }), 'no leg uuid or direction'],
    ['a uuid that is none', json({ ...good, uuid: "x' or 1=1" }), 'no leg uuid or direction'],
    ['no direction', json({ uuid: good.uuid }), 'no leg uuid or direction'],
    ['no end', json({ uuid: good.uuid, direction: 'inbound' }), 'no end among the variables'],
    ['XML of something else', '<a><b/></a>', 'XML without variables'],
    ['half an XML', '<cdr core-uuid="x"><variables><uuid>', 'XML without its end'],
    ['base64 of nothing', 'cdr=', 'neither JSON nor XML'],
    ['base64 that is none', 'cdr=!!!!', 'neither JSON nor XML'],
    [
      'names every object has',
      '{"variables":{"__proto__":{"uuid":1},"constructor":2}}',
      'no leg uuid',
    ],
  ] as const) {
    it(`says why it cannot read ${what}`, () => {
      expect(reasonOf(body)).to.contain(reason);
    });
  }

  it('expands no entities that a body declares', () => {
    const bomb =
      '<!DOCTYPE cdr [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">' +
      '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY f SYSTEM "file:///etc/passwd">]>' +
      '<cdr><variables><uuid>&c;</uuid><x>&f;</x></variables></cdr>';
    expect(reasonOf(bomb)).to.equal('XML with a document type');
    expect(reasonOf(`cdr=${encodeURIComponent(bomb)}`)).to.equal('XML with a document type');
  });

  it('gives up on deep nesting without falling over', () => {
    expect(reasonOf('<a>'.repeat(100_000))).not.to.equal('read');
    expect(reasonOf('{"a":'.repeat(100_000))).not.to.equal('read');
  });
});
