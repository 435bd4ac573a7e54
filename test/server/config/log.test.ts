import { expect } from 'chai';
import { describe, it } from 'mocha';
import { createLog, logForCall } from '../../../server/log.js';
import type { Log } from '../../../server/log.js';

type Line = Readonly<Record<string, unknown>>;

function capture(level = 'info'): { log: Log; lines: Line[]; text: () => string } {
  const written: string[] = [];
  const lines: Line[] = [];
  const destination = {
    write: (line: string) => {
      written.push(line);
      lines.push(JSON.parse(line) as Line);
    },
  };
  const log = createLog({ level, nodeId: 'node-1', destination });
  return { log, lines, text: () => written.join('') };
}

describe('the log', () => {
  it('writes one JSON object a line with level, time, node and message', () => {
    const { log, lines } = capture();
    log.info({ port: 8080 }, 'listening');
    log.debug('not written at this level');
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ level: 'info', node: 'node-1', port: 8080, msg: 'listening' });
    expect(lines[0]?.['time']).to.match(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it("carries the call's uuid in every line of a call's log", () => {
    const { log, lines } = capture();
    const callLog = logForCall(log, 'b0a1');
    callLog.info('held');
    callLog.warn({ reason: 'no_route' }, 'refused');
    expect(lines.map((line) => line['callUuid'])).to.deep.equal(['b0a1', 'b0a1']);
  });

  const secrets: readonly [name: string, fields: Readonly<Record<string, unknown>>][] = [
    ['password', { password: 'hunter2' }],
    ['a1Hash', { user: { a1Hash: 'hunter2' } }],
    ['a1-hash', { params: { 'a1-hash': 'hunter2' } }],
    ['authorization', { req: { headers: { authorization: 'hunter2' } } }],
    ['sip_auth_response', { body: { sip_auth_response: 'hunter2' } }],
    ['variable_sip_auth_nonce', { event: { variable_sip_auth_nonce: 'hunter2' } }],
    ['apiKey', { list: [{ apiKey: 'hunter2' }] }],
    ['x-api-key', { headers: { 'x-api-key': 'hunter2' } }],
    ['VM-User-Password', { event: { 'VM-User-Password': 'hunter2' } }],
    ['secretKey', { config: { secretKey: 'hunter2' } }],
    ['databaseUrl', { config: { databaseUrl: 'mysql://u:hunter2@h/n' } }],
    ['a URL in a text', { note: 'cannot reach mysql://u:hunter2@h/n' }],
    ['an Authorization header in a text', { note: 'sent Basic aHVudGVyMg==hunter2' }],
  ];
  for (const [name, fields] of secrets) {
    it(`hides ${name}`, () => {
      const { log, text } = capture();
      log.info(fields, 'request');
      expect(text()).to.contain('[redacted]');
      expect(text()).to.not.contain('hunter2');
    });
  }

  it('hides secrets in messages and in fields given to a child', () => {
    const { log, text } = capture();
    log.child({ password: 'hunter2' }).info('Bearer hunter2hunter2');
    expect(text()).to.contain('[redacted]');
    expect(text()).to.not.contain('hunter2');
  });

  it('keeps what only looks similar', () => {
    const { log, lines } = capture();
    log.info({ apiKeyId: 7, passwordChanged: true, destination: '4420' }, 'saved');
    expect(lines[0]).to.include({ apiKeyId: 7, passwordChanged: true, destination: '4420' });
  });

  it('describes an error with its causes and without the values of a failed query', () => {
    const { log, lines, text } = capture();
    const cause = Object.assign(new Error('Duplicate entry'), { code: 'ER_DUP_ENTRY' });
    const error = new Error('Failed query: insert into t\nparams: hunter2,x', { cause });
    log.error({ err: error }, 'not saved');
    expect(text()).to.not.contain('hunter2');
    expect(lines[0]?.['err']).to.deep.include({ type: 'Error' });
    expect(text()).to.contain('ER_DUP_ENTRY').and.to.contain('Failed query: insert into t');
  });

  it('survives a value that contains itself', () => {
    const { log, lines } = capture();
    const loop: Record<string, unknown> = { name: 'loop' };
    loop['self'] = loop;
    log.info({ loop }, 'written');
    expect(lines[0]).to.include({ msg: 'written' });
  });
});
