import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scriptActor } from '../../../server/admin/context.js';
import type { AdminDeps } from '../../../server/admin/context.js';
import { createSwitch } from '../../../server/admin/switches.js';
import { systemClock } from '../../../server/clock.js';
import { createSecrets } from '../../../server/secrets.js';
import { FreeswitchProcess } from './freeswitch.js';
import { Gate } from './gate.js';
import type { Lab } from './lab.js';
import { freePort } from './ports.js';

/** Parks what phones dial, and one number for a reason of its own. */
const DIALPLAN = `<include>
  <context name="default">
    <extension name="parked-for-another-reason">
      <condition field="destination_number" expression="^7000$">
        <action application="set" data="park_timeout=2:NORMAL_TEMPORARY_FAILURE"/>
        <action application="park"/>
      </condition>
    </extension>
    <extension name="paid-by-whoever-the-caller-says">
      <condition field="destination_number" expression="^\\*9(.+)$">
        <action application="set" data="rl_authorize=\${sip_h_X-Payer}"/>
        <action application="set" data="rl_destination=$1"/>
        <action application="park"/>
      </condition>
    </extension>
    <extension name="decided-by-the-engine">
      <condition>
        <action application="set" data="rl_authorize=\${user_name}@\${domain_name}"/>
        <action application="park"/>
      </condition>
    </extension>
  </context>
</include>
`;

/** A FreeSWITCH that asks the engine for its phones and gateways, and has a dialplan of its own. */
export interface OwnDialplan {
  readonly switchId: number;
  readonly freeswitch: FreeswitchProcess;
  /** The engine's way to its event socket. */
  readonly gate: Gate;
  /** Where its phones call. */
  readonly port: number;
}

/** Adds it to a running engine, as an administrator does, and starts it. */
export async function startOwnDialplan(lab: Lab): Promise<OwnDialplan> {
  const port = await freePort();
  const eslPort = await freePort();
  const eslPassword = randomBytes(12).toString('hex');
  const gate = await Gate.open(() => eslPort);
  const deps: AdminDeps = {
    database: lab.tempDatabase.database,
    clock: systemClock,
    secrets: createSecrets(lab.secretKey),
  };
  const { row, httpPassword } = await createSwitch(deps, scriptActor('freeswitch tests'), {
    name: 'own-dialplan',
    http_username: 'own-dialplan',
    allowed_cidrs: ['127.0.0.0/8'],
    esl_host: '127.0.0.1',
    esl_port: gate.port,
    esl_password: eslPassword,
    sip_ip: '127.0.0.1',
    rtp_ip: '127.0.0.1',
    internal_port: port,
    external_port: await freePort(),
  });
  const engine = `http://127.0.0.1:${String(lab.ports.engine)}/freeswitch`;
  const folder = join(lab.folder, 'own-dialplan');
  const freeswitch = new FreeswitchProcess(lab.freeswitch.binary, folder, {
    switchName: 'own-dialplan',
    xmlUrl: `${engine}/xml`,
    cdrUrl: `${engine}/cdr`,
    credentials: `own-dialplan:${httpPassword}`,
    eslPort,
    eslPassword,
    rtpStartPort: 22_000,
    rtpEndPort: 22_998,
  });
  replaceDialplan(join(folder, 'conf'));
  await freeswitch.start();
  await lab.eventSocketConnected('own-dialplan');
  return { switchId: row.id, freeswitch, gate, port };
}

function replaceDialplan(conf: string): void {
  writeFileSync(join(conf, 'dialplan', 'default.xml'), DIALPLAN);
  const file = join(conf, 'autoload_configs', 'xml_curl.conf.xml');
  const text = readFileSync(file, 'utf8');
  const changed = text.replace('configuration|directory|dialplan', 'configuration|directory');
  if (changed === text) throw new Error('xml_curl.conf.xml: found no binding for the dialplan');
  writeFileSync(file, changed);
}
