import type { ApiTestServer, Json } from './api-client.js';

let counter = 0;

/** A name that no other record of this run has. */
export function unique(prefix: string): string {
  counter += 1;
  return `${prefix}${counter}`;
}

/** The one operator every other account hangs below; made on first use. */
export async function operatorId(api: ApiTestServer): Promise<number> {
  const found = await api.get('/accounts?kind=operator');
  const items = found.body['items'] as readonly Json[];
  if (items[0] !== undefined) return Number(items[0]['id']);
  const made = await api.create('/accounts', {
    kind: 'operator',
    code: 'OP',
    name: 'Operator',
    billing_mode: 'postpaid',
    currency: 'USD',
  });
  return Number(made['id']);
}

export async function account(api: ApiTestServer, extra: Json = {}): Promise<Json> {
  return api.create('/accounts', {
    kind: 'customer',
    code: unique('CUST'),
    name: 'A customer',
    billing_mode: 'prepaid',
    currency: 'USD',
    parent_id: await operatorId(api),
    ...extra,
  });
}

export async function domain(api: ApiTestServer, accountId?: unknown): Promise<Json> {
  const owner = accountId ?? (await account(api))['id'];
  return api.create('/domains', { account_id: owner, name: `${unique('d')}.example` });
}

export async function extension(api: ApiTestServer, domainId?: unknown): Promise<Json> {
  return api.create('/extensions', {
    domain_id: domainId ?? (await domain(api))['id'],
    number: unique('2'),
    name: 'Desk',
    password: 'correct-horse-battery',
  });
}

export async function sheet(api: ApiTestServer, extra: Json = {}): Promise<Json> {
  return api.create('/rate-sheets', { name: unique('Sheet '), currency: 'USD', ...extra });
}

export async function carrier(api: ApiTestServer): Promise<Json> {
  return api.create('/carriers', { code: unique('CAR'), name: 'Carrier', currency: 'USD' });
}

export async function switchServer(api: ApiTestServer): Promise<Json> {
  return api.create('/switches', {
    name: unique('fs'),
    http_username: unique('user'),
    allowed_cidrs: ['127.0.0.1/32'],
    esl_host: '127.0.0.1',
    esl_password: 'event-socket',
    sip_ip: '127.0.0.1',
    rtp_ip: '127.0.0.1',
  });
}
