import { databaseUrl, flag, integer, oneOf, optionalSmtpUrl, shortNumbers, text } from './kinds.js';
import type { Kind } from './kinds.js';

/** One environment variable: what it is called, what it is when unset, what it means. */
export interface Setting<T> {
  readonly name: string;
  /** As it would be written in the environment; null when something else supplies it (`fallback`). */
  readonly default: string | null;
  /** Names the setting whose file holds the value when the variable itself is unset. */
  readonly fileSetting?: 'DATABASE_URL_FILE' | 'SECRET_KEY_FILE';
  /** Never shown, neither in a message nor in a log. */
  readonly secret?: boolean;
  readonly meaning: string;
  readonly kind: Kind<T>;
}

function setting<T>(
  name: string,
  fallback: string | null,
  kind: Kind<T>,
  meaning: string,
  more: Pick<Setting<T>, 'fileSetting' | 'secret'> = {},
): Setting<T> {
  return { name, default: fallback, kind, meaning, ...more };
}

const path = () => text(/^[^\0]{1,4096}$/, 'a file path');
const seconds = (min: number, max: number) => integer(min, max, 'seconds');

/** Every setting there is, in the order in which the README lists them. Keys are Config's members. */
export const SETTINGS = {
  databaseUrl: setting(
    'DATABASE_URL',
    null,
    databaseUrl(),
    'The MariaDB or MySQL that keeps everything. Unset, it is read from `DATABASE_URL_FILE`, where `scripts/start` puts the address of its private MariaDB.',
    { fileSetting: 'DATABASE_URL_FILE', secret: true },
  ),
  databaseUrlFile: setting(
    'DATABASE_URL_FILE',
    '.data/database.url',
    path(),
    'File whose first line is the database address; looked at only when `DATABASE_URL` is unset.',
  ),
  databasePoolSize: setting(
    'DATABASE_POOL_SIZE',
    '16',
    integer(2, 500, 'connections'),
    'Connections this node keeps to the database for calls; four more serve the API.',
  ),
  databaseTimeoutMs: setting(
    'DATABASE_TIMEOUT_MS',
    '5000',
    integer(2000, 60_000, 'milliseconds'),
    'A statement of a call that is not answered by then gives its connection up, and the database counts as away.',
  ),
  secretKey: setting(
    'SECRET_KEY',
    null,
    text(/^[0-9a-fA-F]{64}$/, '64 hexadecimal characters'),
    'Encrypts carrier passwords at rest; every node of one installation needs the same. Unset, it is read from `SECRET_KEY_FILE`, which `scripts/start` makes.',
    { fileSetting: 'SECRET_KEY_FILE', secret: true },
  ),
  secretKeyFile: setting(
    'SECRET_KEY_FILE',
    '.data/secret.key',
    path(),
    'File whose first line is the key; looked at only when `SECRET_KEY` is unset.',
  ),
  nodeId: setting(
    'NODE_ID',
    null,
    text(/^[A-Za-z0-9._-]{1,64}$/, '1 to 64 letters, digits, dots, dashes or underscores'),
    "What this node calls itself in logs and job leases. Unset, the machine's name.",
  ),
  httpHost: setting(
    'HTTP_HOST',
    '127.0.0.1',
    text(/^[A-Za-z0-9.:_-]{1,253}$/, 'an address or host name to listen on'),
    'Address the HTTP server listens on; `0.0.0.0` for FreeSWITCH servers on other machines.',
  ),
  httpPort: setting(
    'HTTP_PORT',
    '8080',
    integer(0, 65535),
    'Port of the XML endpoint, the CDR endpoint and the API; 0 takes any free one.',
  ),
  logLevel: setting(
    'LOG_LEVEL',
    'info',
    oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    'The least serious log line that is written.',
  ),
  holdSliceS: setting(
    'HOLD_SLICE_SECONDS',
    '300',
    seconds(30, 86_400),
    'Talk time one hold sets money aside for; a longer call has its hold extended.',
  ),
  holdExtendMarginS: setting(
    'HOLD_EXTEND_MARGIN_SECONDS',
    '90',
    seconds(5, 3600),
    'A hold with less talk time left than this is extended at the next heartbeat.',
  ),
  heartbeatS: setting(
    'HEARTBEAT_SECONDS',
    '60',
    seconds(5, 600),
    'How often FreeSWITCH reports that an answered leg is alive.',
  ),
  maxCallS: setting(
    'MAX_CALL_SECONDS',
    '14400',
    seconds(60, 86_400),
    'No call talks longer than this, whatever the payer can afford.',
  ),
  ringTimeoutS: setting(
    'RING_TIMEOUT_SECONDS',
    '60',
    seconds(5, 600),
    'How long a far end may ring before the call is given up.',
  ),
  limitWarningS: setting(
    'LIMIT_WARNING_SECONDS',
    '30',
    seconds(0, 300),
    'How long before the money ends the talkers hear a tone; 0 for none.',
  ),
  inboundWithoutDatabase: setting(
    'INBOUND_WITHOUT_DATABASE',
    'accept',
    oneOf(['accept', 'refuse']),
    'What becomes of inbound calls that cost money while the database is away. An accepted one is charged when the database is back, whatever the balance is then.',
  ),
  emergencyNumbers: setting(
    'EMERGENCY_NUMBERS',
    '112,911',
    shortNumbers(),
    'Numbers that are never blocked, by nothing, and cost nothing.',
  ),
  configPollMs: setting(
    'CONFIG_POLL_MS',
    '500',
    integer(50, 60_000, 'milliseconds'),
    'How often this node asks the database whether its snapshots are stale.',
  ),
  reaperIntervalS: setting(
    'REAPER_INTERVAL_SECONDS',
    '15',
    seconds(1, 3600),
    'How often calls that nobody reported on are looked for.',
  ),
  orphanGraceS: setting(
    'ORPHAN_GRACE_SECONDS',
    '60',
    seconds(5, 86_400),
    'How long an overdue call may stay silent before it is settled or released without a report.',
  ),
  xmlMaxBodyBytes: setting(
    'XML_MAX_BODY_BYTES',
    '1048576',
    integer(16_384, 16_777_216, 'bytes'),
    'Largest request of mod_xml_curl that is read.',
  ),
  xmlDeadlineMs: setting(
    'XML_DEADLINE_MS',
    '1500',
    integer(50, 30_000, 'milliseconds'),
    'A dialplan answer not ready by then is a refusal instead.',
  ),
  cdrMaxBodyBytes: setting(
    'CDR_MAX_BODY_BYTES',
    '4194304',
    integer(65_536, 67_108_864, 'bytes'),
    'Largest call detail record that is read.',
  ),
  cdrSpoolFolder: setting(
    'CDR_SPOOL_DIR',
    '.data/spool',
    path(),
    "Folder in which final reports wait on disk while the database is away, each node's in a folder of its own. Relative to the project.",
  ),
  cdrSpoolMaxBytes: setting(
    'CDR_SPOOL_MAX_BYTES',
    '1073741824',
    integer(1_048_576, 1_099_511_627_776, 'bytes'),
    'Most that may wait there; with more, switches are told to keep their records.',
  ),
  eslEnabled: setting(
    'ESL_ENABLED',
    'true',
    flag(),
    "Whether this node listens to the FreeSWITCH servers' event sockets.",
  ),
  demoTenant: setting(
    'DEMO_TENANT',
    'true',
    flag(),
    'Whether the first `scripts/start` loads the demo tenant, whose passwords are public knowledge.',
  ),
  echoNumber: setting(
    'ECHO_NUMBER',
    '9196',
    text(/^[0-9*#]{1,20}$/, '1 to 20 digits, asterisks or hash signs'),
    'Number that any phone may dial, free of charge, to hear itself.',
  ),
  internationalPrefix: setting(
    'INTERNATIONAL_PREFIX',
    '00',
    text(/^[0-9]{1,5}$/, '1 to 5 digits'),
    'Digits that start an international number as dialled; a leading `+` always does.',
  ),
  ratesPreloadDrafts: setting(
    'RATES_PRELOAD_DRAFTS',
    'true',
    flag(),
    'Whether imported drafts of the last 14 days, and the release a roll-back would bring back, are kept in memory, so that either takes effect within a second.',
  ),
  ratesMaxRows: setting(
    'RATES_MAX_ROWS',
    '5000000',
    integer(1, 50_000_000, 'rows'),
    'Most rows an imported release may have.',
  ),
  uploadFolder: setting(
    'UPLOAD_DIR',
    '.data/uploads',
    path(),
    'Folder in which uploaded files wait for their import. Relative to the project.',
  ),
  uploadMaxBytes: setting(
    'UPLOAD_MAX_BYTES',
    '1073741824',
    integer(1024, 107_374_182_400, 'bytes'),
    'Largest file the API takes.',
  ),
  jobsEnabled: setting(
    'JOBS_ENABLED',
    'true',
    flag(),
    'Whether this node works on imports, previews and re-ratings; at least one has to.',
  ),
  apiMaxPage: setting(
    'API_MAX_PAGE',
    '200',
    integer(1, 1000, 'rows'),
    'Most rows one page of an API listing may hold.',
  ),
  smtpUrl: setting(
    'SMTP_URL',
    '',
    optionalSmtpUrl(),
    'Mail server that takes notices to customers. Unset, notices are kept and listed by the API.',
    { secret: true },
  ),
  mailFrom: setting(
    'MAIL_FROM',
    'ringledger@localhost',
    text(/^[^\s<>@]{1,64}@[^\s<>@]{1,190}$/, 'a mail address'),
    'Sender of those mails.',
  ),
  shutdownS: setting(
    'SHUTDOWN_SECONDS',
    '20',
    seconds(1, 300),
    'How long a stopping node may take to finish what it holds.',
  ),
} as const;

type Parsed<S> = S extends Setting<infer T> ? T : never;

/** The settings as values, each checked. Units are last in the names: S seconds, Ms milliseconds. */
export type Config = {
  readonly [Key in keyof typeof SETTINGS]: Parsed<(typeof SETTINGS)[Key]>;
};

/** The README's table of settings, one row each, as Markdown. A test compares the two. */
export function settingsTable(): string {
  const rows = Object.values(SETTINGS).map(
    (row: Setting<unknown>) =>
      `| \`${row.name}\` | ${(row.default ?? '') === '' ? '' : `\`${row.default ?? ''}\``} | ${row.meaning} Accepts ${row.kind.expected}. |`,
  );
  return ['| Setting | Default | Meaning |', '| --- | --- | --- |', ...rows].join('\n');
}
