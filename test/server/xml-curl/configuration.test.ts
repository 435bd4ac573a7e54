import { expect } from 'chai';
import { describe, it } from 'mocha';
import { createSecrets } from '../../../server/secrets.js';
import { configurationReply } from '../../../server/xml-curl/configuration.js';
import { notFoundDocument } from '../../../xml/documents/not-found.js';
import { lintDocument } from '../../../xml/lint.js';
import { goldenFiles } from '../../support/golden.js';
import { snapshotOf } from '../../support/use-world.js';
import { buildWorld, SECRET_KEY, SWITCH_ID } from '../../support/world.js';
import type { World } from '../../support/world.js';
import { formOf } from './forms.js';

const expectGolden = goldenFiles('server/xml-curl/golden');
const secrets = createSecrets(SECRET_KEY);

interface Answer {
  readonly text: string;
  readonly leftOut: readonly (readonly [string, string])[];
}

function answer(
  fields: Readonly<Record<string, string>>,
  change: (world: World) => void = () => undefined,
): Answer {
  const world = buildWorld();
  change(world);
  const snapshot = snapshotOf(world);
  const owner = snapshot.switches.byId.get(SWITCH_ID);
  if (owner === undefined) throw new Error('no switch');
  const leftOut: [string, string][] = [];
  const text = configurationReply(formOf(fields), snapshot, owner, {
    openSecret: secrets.open,
    onGatewayLeftOut: (name, problem) => leftOut.push([name, problem]),
  });
  expect(lintDocument(text)).to.deep.equal([]);
  return { text, leftOut };
}

describe('the configuration', () => {
  it('has both profiles of the switch that asks, and the gateways in use', () => {
    const { text, leftOut } = answer({ key_value: 'sofia.conf' }, (world) => {
      world.gateways = world.gateways.map((row) =>
        row.id === 1
          ? {
              ...row,
              register: true,
              username: 'ringledger',
              realm: 'carrier-a.example',
              passwordSealed: secrets.seal('carrier-password'),
            }
          : row.id === 2
            ? { ...row, status: 'disabled' }
            : row,
      );
    });
    expect(leftOut).to.deep.equal([]);
    expectGolden('sofia.xml', text);
  });

  it('goes on without a gateway whose password was sealed with another key', () => {
    const { text, leftOut } = answer({ key_value: 'sofia.conf' }, (world) => {
      const passwordSealed = createSecrets('1'.repeat(64)).seal('x');
      world.gateways = world.gateways.map((row) =>
        row.id === 1 ? { ...row, passwordSealed } : row,
      );
    });
    expect(leftOut).to.deep.equal([['carrierA', 'password_unreadable']]);
    expect(text).not.to.contain('carrierA');
    expect(text).to.contain('name="carrierB"').and.to.contain('name="internal"');
  });

  it('names gateways the switch could not use', () => {
    const { leftOut } = answer({ key_value: 'sofia.conf' }, (world) => {
      world.gateways = world.gateways.map((row) => (row.id === 2 ? { ...row, proxy: '' } : row));
    });
    expect(leftOut).to.deep.equal([['carrierB', 'proxy_missing']]);
  });

  it('lets carriers in by their addresses and phones by none', () => {
    expectGolden('acl.xml', answer({ key_value: 'acl.conf' }).text);
  });

  it('has the menu that is asked for and no other', () => {
    expectGolden('ivr.xml', answer({ key_value: 'ivr.conf', 'Menu-Name': 'acme-main' }).text);
    const unknown = answer({ key_value: 'ivr.conf', 'Menu-Name': '../acme-main' });
    expect(unknown.text).to.equal(notFoundDocument());
    expect(answer({ key_value: 'ivr.conf' }).text).to.equal(notFoundDocument());
  });

  for (const file of ['voicemail.conf', 'modules.conf', 'SOFIA.conf', '']) {
    it(`leaves ${JSON.stringify(file)} to the switch`, () => {
      expect(answer({ key_value: file }).text).to.equal(notFoundDocument());
    });
  }
});
