import mysql from 'mysql2/promise';
import { connectionOptions } from '../../../db/client.js';
import type { Note, Truth } from '../truth.js';
import type { Problem } from './evidence.js';

/** What broke within so long of a call is part of its story. */
const NEARBY_MS = 15_000;

interface Line {
  readonly atMs: number;
  readonly text: string;
}

/**
 * All that is known of the call a problem is about, in order of time: what its legs did, what anybody
 * was told, what broke around it, and the rows the engine keeps of it.
 */
export async function storyOf(
  url: string,
  truth: Truth,
  problem: Problem,
): Promise<readonly string[]> {
  const connection = await mysql.createConnection(connectionOptions(url));
  try {
    const legUuids = await legsOfCall(connection, truth, problem);
    const lines: Line[] = legUuids.flatMap((uuid) =>
      truth.notesOf(uuid).map((note) => lineOf(note, shortName(truth, uuid))),
    );
    const [first, last] = [lines[0]?.atMs ?? 0, lines.at(-1)?.atMs ?? 0];
    const broken = truth.injected.filter(
      ({ atMs }) => atMs > first - NEARBY_MS && atMs < last + NEARBY_MS,
    );
    lines.push(...broken.map((note) => lineOf(note, '        !')));
    lines.sort((left, right) => left.atMs - right.atMs);
    const rows = await rowsOf(connection, legUuids, problem);
    return [...lines.map(({ atMs, text }) => `${clockText(atMs)} ${text}`), ...rows];
  } finally {
    await connection.end();
  }
}

function lineOf({ atMs, text }: Note, who: string): Line {
  return { atMs, text: `${who} ${text}` };
}

function shortName(truth: Truth, uuid: string): string {
  const direction = truth.get(uuid)?.leg.spec.direction === 'inbound' ? 'A' : 'B';
  return `${direction} ${uuid.slice(0, 6)}`;
}

function clockText(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 23);
}

/** The legs of the problem's call, the caller's with its far ends. */
async function legsOfCall(
  connection: mysql.Connection,
  truth: Truth,
  { legUuid, callId }: Problem,
): Promise<readonly string[]> {
  const known = legUuid === undefined ? undefined : truth.get(legUuid);
  const caller = known?.leg.spec.direction === 'outbound' ? known.leg.other : known?.leg;
  const callers = new Set<string>(caller === undefined || caller === null ? [] : [caller.uuid]);
  if (callId !== undefined) {
    const calls = await query(connection, 'SELECT a_leg_uuid FROM calls WHERE id = ?', [callId]);
    for (const call of calls) callers.add(String(call['a_leg_uuid']));
  }
  return truth.legs
    .filter(({ leg }) => callers.has(leg.uuid) || callers.has(leg.other?.uuid ?? ''))
    .map(({ leg }) => leg.uuid);
}

type Row = Readonly<Record<string, unknown>>;

const TABLES: readonly (readonly [table: string, statement: string])[] = [
  [
    'calls',
    `SELECT id, state, reason, granted_s, created_us, ended_us, expires_us, destination FROM calls
      WHERE a_leg_uuid IN (?) OR id = ?`,
  ],
  [
    'legs',
    `SELECT leg_uuid, call_id, kind, state, answer_us, end_us, last_seen_us, bill_us, hangup_cause,
            price, cost, source FROM legs WHERE leg_uuid IN (?) OR call_id = ?`,
  ],
  [
    'holds',
    `SELECT call_id, account_id, extension_id, amount, state, created_us, released_us FROM holds
      WHERE call_id IN (SELECT id FROM calls WHERE a_leg_uuid IN (?)) OR call_id = ?`,
  ],
  [
    'channel_claims',
    `SELECT call_id, resource, resource_id, state, created_us FROM channel_claims
      WHERE call_id IN (SELECT id FROM calls WHERE a_leg_uuid IN (?)) OR call_id = ?`,
  ],
  [
    'leg_charges',
    `SELECT leg_uuid, role, party_id, level, amount, covered_s FROM leg_charges
      WHERE leg_uuid IN (?) OR leg_uuid = ?`,
  ],
  [
    'ledger_transactions',
    `SELECT idempotency_key, kind, created_at FROM ledger_transactions
      WHERE reference IN (?) OR reference = ?`,
  ],
  ['audit_entries', `SELECT * FROM audit_entries WHERE entity_id IN (?) OR entity_id = ?`],
  [
    'cdr_inbox',
    `SELECT leg_uuid, state, attempts, not_before_us, error FROM cdr_inbox
      WHERE leg_uuid IN (?) OR leg_uuid = ?`,
  ],
];

async function rowsOf(
  connection: mysql.Connection,
  legUuids: readonly string[],
  { callId = '' }: Problem,
): Promise<readonly string[]> {
  const lines: string[] = [];
  const uuids = legUuids.length === 0 ? [''] : legUuids;
  for (const [table, statement] of TABLES) {
    const rows = await query(connection, statement, [uuids, callId]).catch((): Row[] => []);
    lines.push(...rows.map((row) => `${table} ${rowText(row)}`));
  }
  return lines;
}

function rowText(row: Row): string {
  return Object.entries(row)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name}=${valueText(name, value)}`)
    .join(' ');
}

/** Microseconds as the time of day, so that rows can be compared with what happened. */
function valueText(name: string, value: unknown): string {
  if (name.endsWith('_us') && name !== 'bill_us' && Number(value) > 0) {
    return clockText(Math.floor(Number(value) / 1000));
  }
  if (value instanceof Date) return clockText(value.getTime());
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

async function query(
  connection: mysql.Connection,
  statement: string,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  const [rows] = await connection.query(statement, [...values]);
  return rows as unknown as readonly Row[];
}
