import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BENCH } from './bench-data.js';

export interface PlainOptions {
  /** The engine that describes the profiles. */
  readonly base: string;
  /** Ports of the profiles as it describes them, and those that the plain switch has instead. */
  readonly from: { readonly internal: number; readonly external: number };
  readonly to: { readonly internal: number; readonly external: number };
}

const DIRECTORY = `<section name="directory">
    <domain name="${BENCH.domain}">
      <user id="${BENCH.extension}">
        <params><param name="password" value="${BENCH.password}"/></params>
        <variables><variable name="user_context" value="default"/></variables>
      </user>
    </domain>
  </section>`;

const DIALPLAN = `<include>
  <context name="default">
    <extension name="out">
      <condition field="destination_number" expression="^(\\d+)$">
        <action application="set" data="hangup_after_bridge=true"/>
        <action application="bridge" data="sofia/gateway/gw0/$1"/>
      </condition>
    </extension>
  </context>
</include>
`;

/**
 * Makes a copy of our FreeSWITCH configuration one that asks nobody: the same profiles and gateways,
 * written down, one user, one extension, and neither mod_xml_curl nor mod_json_cdr.
 */
export async function makePlain(folder: string, options: PlainOptions): Promise<void> {
  for (const name of ['sofia.conf', 'acl.conf']) {
    const text = withPorts(await configuration(options.base, name), options);
    writeFileSync(join(folder, 'autoload_configs', `${name}.xml`), text);
  }
  change(join(folder, 'autoload_configs', 'modules.conf.xml'), (text) =>
    text.replace(/^.*mod_(?:xml_curl|json_cdr).*$/gm, ''),
  );
  change(join(folder, 'freeswitch.xml'), (text) =>
    text.replace(/<section name="directory"[^>]*\/>/, DIRECTORY),
  );
  writeFileSync(join(folder, 'dialplan', 'default.xml'), DIALPLAN);
}

async function configuration(base: string, name: string): Promise<string> {
  const authorization = `Basic ${Buffer.from(`${BENCH.httpUser}:${BENCH.httpPassword}`).toString('base64')}`;
  const body = new URLSearchParams({
    section: 'configuration',
    tag_name: 'configuration',
    key_name: 'name',
    key_value: name,
  });
  const reply = await fetch(`${base}/freeswitch/xml`, {
    method: 'POST',
    headers: { authorization },
    body,
  });
  const text = /<configuration[\s\S]*<\/configuration>/.exec(await reply.text())?.[0];
  if (text === undefined) throw new Error(`${name}: the engine describes none`);
  return text;
}

function withPorts(text: string, { from, to }: PlainOptions): string {
  return text
    .replaceAll(`"${String(from.internal)}"`, `"${String(to.internal)}"`)
    .replaceAll(`"${String(from.external)}"`, `"${String(to.external)}"`);
}

function change(path: string, replace: (text: string) => string): void {
  writeFileSync(path, replace(readFileSync(path, 'utf8')));
}
