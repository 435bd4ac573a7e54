import { chmodSync, renameSync, writeFileSync } from 'node:fs';

/** Everything `freeswitch-conf/` has to be told about one server; see ringledger-vars.example.xml. */
export interface FreeswitchVars {
  readonly switchName: string;
  readonly xmlUrl: string;
  readonly cdrUrl: string;
  /** `user:password` with which the server proves who it is, for both addresses. */
  readonly credentials: string;
  readonly eslPort: number;
  readonly eslPassword: string;
  readonly rtpStartPort?: number;
  readonly rtpEndPort?: number;
}

/** FreeSWITCH's own range. */
const RTP_PORTS = { start: 16384, end: 32768 };

/** Quotes end the attribute, angle brackets and `&` are XML, and `$` is expanded when it is read. */
const UNFIT = /[<>&"$\s]/;

/**
 * The variables file as text.
 *
 * @throws Error when a value holds a character that cannot be written there; the value is not shown,
 * because it may be a secret.
 */
export function freeswitchVarsText(vars: FreeswitchVars): string {
  const lines = Object.entries(namedValues(vars)).map(([name, value]) => {
    if (UNFIT.test(value)) {
      throw new Error(`${name}: found a blank or one of < > & " $, expected none of them`);
    }
    return `  <X-PRE-PROCESS cmd="set" data="${name}=${value}"/>`;
  });
  return ['<include>', ...lines, '</include>', ''].join('\n');
}

/** Writes the file whole or not at all, readable by its owner only: it holds passwords. */
export function writeFreeswitchVars(path: string, vars: FreeswitchVars): void {
  const text = freeswitchVarsText(vars);
  const draft = `${path}.new`;
  writeFileSync(draft, text, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, path);
}

function namedValues(vars: FreeswitchVars): Readonly<Record<string, string>> {
  return {
    rl_switch_name: vars.switchName,
    rl_xml_url: vars.xmlUrl,
    rl_xml_credentials: vars.credentials,
    rl_cdr_url: vars.cdrUrl,
    rl_cdr_credentials: vars.credentials,
    rl_esl_port: String(vars.eslPort),
    rl_esl_password: vars.eslPassword,
    rl_rtp_start_port: String(vars.rtpStartPort ?? RTP_PORTS.start),
    rl_rtp_end_port: String(vars.rtpEndPort ?? RTP_PORTS.end),
  };
}
