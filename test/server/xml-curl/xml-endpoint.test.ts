import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { Authorization } from '../../../server/calls/authorize-call.js';
import { XmlEndpoint } from '../../../server/xml-curl/xml-endpoint.js';
import { notFoundDocument } from '../../../xml/documents/not-found.js';
import { lintDocument } from '../../../xml/lint.js';
import type { DialplanRecord } from '../../../xml/records.js';
import { readableLog } from '../../support/quiet-log.js';
import { snapshotOf } from '../../support/use-world.js';
import { buildWorld, SWITCH_ID } from '../../support/world.js';
import { dialplanFields, formOf } from './forms.js';

const authorized = (reply: DialplanRecord): Authorization => ({
  callId: 'x',
  refusal: null,
  reply,
});

async function ask(
  fields: Readonly<Record<string, string>>,
  authorize: () => Promise<Authorization>,
) {
  const { log, lines } = readableLog();
  const outcomes: string[] = [];
  const endpoint = new XmlEndpoint({
    authorizer: { authorize },
    log,
    openSecret: (text) => text,
    deadlineMs: 30,
    onAnswer: (section, outcome) => outcomes.push(`${section} ${outcome}`),
  });
  const snapshot = snapshotOf(buildWorld());
  const owner = snapshot.switches.byId.get(SWITCH_ID);
  if (owner === undefined) throw new Error('no switch');
  const text = await endpoint.reply(formOf(fields), owner, snapshot);
  expect(lintDocument(text)).to.deep.equal([]);
  return { text, outcomes, errors: lines.filter((line) => line['level'] === 50) };
}

const reject = (status: string) => `<action application="respond" data="${status}"/>`;

describe('the XML endpoint', () => {
  it('answers what was decided', async () => {
    const { text, outcomes, errors } = await ask(dialplanFields(), () =>
      Promise.resolve(
        authorized({
          context: 'default',
          extension: 'x',
          actions: [{ application: 'answer', data: '' }],
        }),
      ),
    );
    expect(text).to.contain('<action application="answer"');
    expect(outcomes).to.deep.equal(['dialplan routed']);
    expect(errors).to.deep.equal([]);
  });

  it('replaces a reply that FreeSWITCH could not read by a reject, and says so', async () => {
    const huge = 'x'.repeat(1_100_000);
    const { text, outcomes, errors } = await ask(dialplanFields(), () =>
      Promise.resolve(
        authorized({
          context: 'default',
          extension: 'x',
          actions: [{ application: 'set', data: huge }],
        }),
      ),
    );
    expect(text).to.contain(reject('500 Server Error')).and.not.to.contain('xxxx');
    expect(outcomes).to.include('dialplan unsafe');
    expect(errors).to.have.lengthOf(1);
    expect(errors[0]).to.include({
      section: 'dialplan',
      callUuid: 'a1e60000-0000-4000-8000-000000000001',
    });
  });

  it('rejects a call whose decision fails, in the context that was asked for', async () => {
    for (const context of ['default', 'public']) {
      const { text, outcomes, errors } = await ask(
        dialplanFields({ 'Hunt-Context': context }),
        () => Promise.reject(new Error('broken')),
      );
      expect(text)
        .to.contain(`<context name="${context}">`)
        .and.to.contain(reject('500 Server Error'));
      expect(outcomes).to.deep.equal(['dialplan error']);
      expect(errors).to.have.lengthOf(1);
    }
  });

  it('rejects a call whose decision never comes', async () => {
    const { text, outcomes } = await ask(
      dialplanFields(),
      () => new Promise<Authorization>(() => undefined),
    );
    expect(text).to.contain(reject('503 Service Unavailable'));
    expect(outcomes).to.deep.equal(['dialplan late']);
  });

  it('is not surprised by a decision that fails after the deadline', async () => {
    const { text } = await ask(
      dialplanFields(),
      () =>
        new Promise<Authorization>((_resolve, fail) => {
          setTimeout(() => {
            fail(new Error('too late'));
          }, 60);
        }),
    );
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(text).to.contain(reject('503 Service Unavailable'));
  });

  it('asks nobody about a request that names no leg', async () => {
    const { text, outcomes } = await ask({ section: 'dialplan' }, () =>
      Promise.reject(new Error('asked')),
    );
    expect(text).to.equal(notFoundDocument());
    expect(outcomes).to.deep.equal(['dialplan not_found']);
  });

  it('counts sections it does not know together', async () => {
    const { outcomes } = await ask({ section: 'x'.repeat(200) }, () => Promise.reject(new Error()));
    expect(outcomes).to.deep.equal(['other not_found']);
  });
});
