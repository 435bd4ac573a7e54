import { expect } from 'chai';
import { describe, it } from 'mocha';
import { bridgeString, carriableText, DialStringError } from '../../xml/dial-string.js';
import { warningTask } from '../../xml/warning-tone.js';
import { HOSTILE } from './hostile.js';

const ENDPOINT = 'sofia/gateway/carrierA/447700900123';

type Variables = Readonly<Record<string, string>>;

const onLeg = (variables: Variables, endpoint = ENDPOINT): string =>
  bridgeString({ variables: {}, legs: [{ endpoint, variables }] });

const onAll = (variables: Variables): string =>
  bridgeString({ variables, legs: [{ endpoint: ENDPOINT, variables: {} }] });

function refusalOf(build: () => string): string {
  try {
    return `accepted: ${build()}`;
  } catch (error) {
    if (error instanceof DialStringError) return error.refusal;
    throw error;
  }
}

describe('bridgeString', () => {
  it('writes common variables in braces and leg variables in brackets, in their order', () => {
    const text = bridgeString({
      variables: { sip_cid_type: 'pid', local_var_clobber: 'true' },
      legs: [
        { endpoint: ENDPOINT, variables: { rt_leg: 'c.1', leg_timeout: '45' } },
        { endpoint: 'sofia/gateway/carrierB/447700900123', variables: {} },
      ],
    });
    expect(text).to.equal(
      '{sip_cid_type=pid,local_var_clobber=true}' +
        '[rt_leg=c.1,leg_timeout=45]sofia/gateway/carrierA/447700900123' +
        '|sofia/gateway/carrierB/447700900123',
    );
  });

  it('carries a list of codecs by announcing another separator, never by quotes', () => {
    const variables = { leg_timeout: '45', absolute_codec_string: 'PCMA,PCMU' };
    expect(onLeg(variables)).to.equal(
      `[^^;leg_timeout=45;absolute_codec_string=PCMA,PCMU]${ENDPOINT}`,
    );
    expect(onAll(variables)).to.equal(
      `{^^;leg_timeout=45;absolute_codec_string=PCMA,PCMU}${ENDPOINT}`,
    );
    expect(onLeg({ a: 'x,y;z' })).to.equal(`[^^~a=x,y;z]${ENDPOINT}`);
  });

  it('expresses the time limit of a call', () => {
    expect(onLeg({ execute_on_answer: 'sched_hangup +61 ALLOTTED_TIMEOUT' })).to.equal(
      `[execute_on_answer=sched_hangup +61 ALLOTTED_TIMEOUT]${ENDPOINT}`,
    );
  });

  it('expresses the warning before it, beside a list of codecs', () => {
    const text = onLeg({
      absolute_codec_string: 'PCMA,PCMU',
      execute_on_answer: 'sched_hangup +61 ALLOTTED_TIMEOUT',
      execute_on_answer_2: warningTask(30),
    });
    expect(text).to.equal(
      '[^^~absolute_codec_string=PCMA,PCMU' +
        '~execute_on_answer=sched_hangup +61 ALLOTTED_TIMEOUT' +
        '~execute_on_answer_2=sched_broadcast +30 tone_stream://%(150,150,1400);loops=2 both]' +
        ENDPOINT,
    );
  });

  for (const value of [
    'sched_broadcast +30 /etc/passwd both',
    'sched_broadcast +30 tone_stream://%(150,150,1400);loops=99 both',
    'sched_broadcast +30 system::id both',
    'sched_broadcast +030 tone_stream://%(150,150,1400);loops=2 both',
    'sched_broadcast -1 tone_stream://%(150,150,1400);loops=2 both',
    'sched_broadcast +30 tone_stream://%(150,150,1400);loops=2 both both',
    'sched_transfer +30 900 XML default',
  ]) {
    it(`refuses to run ${value}`, () => {
      const refusal = refusalOf(() => onLeg({ execute_on_answer_2: value }));
      expect(refusal).to.equal('value_runs_application');
    });
  }

  it('finds a separator for every text that people can type', () => {
    const name = carriableText(',;~!#`?&*+');
    expect(name).to.equal(',;~!#?&*+');
    expect(onLeg({ name, execute_on_answer: warningTask(1) })).to.match(/^\[\^\^`name=,;~!#/);
  });

  it('drops outer blanks and empty values, as FreeSWITCH would', () => {
    expect(onLeg({ a: ' b c ', d: '', e: '  ' })).to.equal(`[a=b c]${ENDPOINT}`);
    expect(onLeg({ a: '' })).to.equal(ENDPOINT);
  });

  for (const endpoint of [
    'sofia/gateway/carrier_A.1-b/+447700900123',
    'sofia/gateway/carrierA/*43#',
    'sofia/internal/1002%acme.example',
    'user/1002@acme.example',
  ]) {
    it(`dials ${endpoint}`, () => {
      expect(onLeg({}, endpoint)).to.equal(endpoint);
    });
  }

  for (const endpoint of [
    '',
    'sofia/gateway/carrierA/',
    'sofia/gateway//4477',
    'sofia/gateway/carrierA/4477@elsewhere.example',
    'sofia/gateway/carrierA/4477;transport=tcp',
    'sofia/gateway/carrierA/4477,sofia/gateway/carrierB/4477',
    'sofia/gateway/carrierA/4477|user/1001@acme.example',
    'sofia/gateway/carrierA/4477\n',
    'sofia/gateway/1001%acme.example',
    'sofia/internal/sip:1001@elsewhere.example',
    'sofia/internal/1002%acme.example^1003',
    'sofia/internal/${destination_number}%acme.example',
    'user/1002@acme.example ',
    'loopback/1002',
    'error/user_busy',
    `sofia/gateway/carrierA/${'1'.repeat(33)}`,
  ]) {
    it(`refuses to dial ${JSON.stringify(endpoint)}`, () => {
      expect(refusalOf(() => onLeg({}, endpoint))).to.equal('endpoint_malformed');
    });
  }

  for (const mark of [...`'"\\$\{}[]|<>^`, '\n', '\r', '\t', '\u0000', '\ud800', ':_:']) {
    it(`refuses a value with ${JSON.stringify(mark)}`, () => {
      expect(refusalOf(() => onLeg({ a: `x${mark}y` }))).to.equal('value_uncarriable');
      expect(refusalOf(() => onAll({ a: `x${mark}y` }))).to.equal('value_uncarriable');
    });
  }

  for (const name of ['', '1a', 'a=b', 'a b', 'a,b', '^^;a', 'nolocal:a', 'a\n', '$a', 'é']) {
    it(`refuses the variable name ${JSON.stringify(name)}`, () => {
      expect(refusalOf(() => onLeg({ [name]: 'x' }))).to.equal('name_malformed');
    });
  }

  for (const name of ['api_on_answer', 'API_hangup_hook', 'origination_nested_vars']) {
    it(`refuses the variable ${name}, which runs or expands what it holds`, () => {
      expect(refusalOf(() => onLeg({ [name]: 'true' }))).to.equal('name_forbidden');
    });
  }

  for (const value of ['system id', 'sched_hangup', 'sched_hangup +61 a,b', 'sched_hangup +x Y']) {
    it(`refuses to execute ${JSON.stringify(value)} on answer`, () => {
      const build = (): string => onLeg({ execute_on_answer_2: value });
      expect(refusalOf(build)).to.equal('value_runs_application');
    });
  }

  it('refuses no legs, too many legs, long values and values that use up all separators', () => {
    const legs = (count: number): string =>
      bridgeString({
        variables: {},
        legs: Array.from({ length: count }, () => ({ endpoint: ENDPOINT, variables: {} })),
      });
    expect(refusalOf(() => legs(0))).to.equal('leg_count');
    expect(legs(128).split('|')).to.have.lengthOf(128);
    expect(refusalOf(() => legs(129))).to.equal('leg_count');
    expect(refusalOf(() => onLeg({ a: 'x'.repeat(1025) }))).to.equal('value_too_long');
    expect(refusalOf(() => onLeg({ a: ',;~!#`' }))).to.equal('no_separator_left');
  });

  it('says where the refused text stands', () => {
    const build = (): string => onLeg({ origination_caller_id_name: "O'Brien" });
    expect(build).to.throw(
      DialStringError,
      `dial string: value_uncarriable at leg 1, origination_caller_id_name: "O'Brien"`,
    );
  });
});

describe('carriableText', () => {
  it('keeps what a dial string can carry', () => {
    expect(carriableText(' Zoë & Co. (Köln) 100% ')).to.equal('Zoë & Co. (Köln) 100%');
    expect(carriableText(`O'Brien {x} [y] $z`)).to.equal('OBrien x y z');
    expect(carriableText('a:_:_:b')).to.equal('a:::b');
  });

  it('makes every hostile text one that is accepted', () => {
    for (const [kind, value] of Object.entries(HOSTILE)) {
      expect(
        refusalOf(() => onLeg({ a: carriableText(value) })),
        kind,
      ).to.match(/^accepted/);
    }
  });
});
