import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { accounts, rateSheets } from '../../../db/schema/index.js';
import { createAccount } from '../../../server/admin/accounts.js';
import { scriptActor } from '../../../server/admin/context.js';
import type { AdminDeps } from '../../../server/admin/context.js';
import { createDomain } from '../../../server/admin/domains.js';
import { createExtension } from '../../../server/admin/extensions.js';
import { addPayment } from '../../../server/admin/payments.js';
import { systemClock } from '../../../server/clock.js';
import { createSecrets } from '../../../server/secrets.js';
import type { Lab } from './lab.js';
import { until } from './ports.js';
import { DOMAIN } from './tenant.js';

export const ACTOR = scriptActor('freeswitch tests');

/** What a phone needs to call: to be given to a scenario. */
export interface PhoneFill {
  readonly USER: string;
  readonly PASSWORD: string;
  readonly DOMAIN: string;
}

export interface AddedPhone {
  readonly extensionId: number;
  readonly fill: PhoneFill;
}

export interface Customer {
  readonly accountId: number;
  readonly phones: readonly AddedPhone[];
}

type ExtensionFields = Omit<
  Parameters<typeof createExtension>[2],
  'domain_id' | 'number' | 'name' | 'password'
>;

export function adminOf(lab: Lab): AdminDeps {
  const { database } = lab.tempDatabase;
  return { database, clock: systemClock, secrets: createSecrets(lab.secretKey) };
}

/**
 * A customer of the reseller's, made while everything runs, with phones 2001, 2002, … of which each
 * may refer to those before it. Resolves when the engine knows them.
 */
export async function addCustomer(
  lab: Lab,
  name: string,
  funds: string,
  phones: readonly ((made: readonly AddedPhone[]) => ExtensionFields)[] = [() => ({})],
): Promise<Customer> {
  const deps = adminOf(lab);
  const { orm } = deps.database;
  const [reseller] = await orm.select().from(accounts).where(eq(accounts.code, 'reseller'));
  const [sheet] = await orm.select().from(rateSheets).where(eq(rateSheets.name, 'retail'));
  const account = await createAccount(deps, ACTOR, {
    kind: 'customer',
    code: name,
    name,
    billing_mode: 'prepaid',
    currency: 'EUR',
    parent_id: reseller?.id ?? 0,
    rate_sheet_id: sheet?.id ?? 0,
  });
  if (funds !== '0') {
    const target = { accountId: account.id, postingKey: `funds of ${name}` };
    await addPayment(deps, ACTOR, target, { amount: funds });
  }
  const domain = await createDomain(deps, ACTOR, {
    account_id: account.id,
    name: `${name}.${DOMAIN}`,
  });
  const made: AddedPhone[] = [];
  for (const [index, fieldsOf] of phones.entries()) {
    const fill = {
      USER: String(2001 + index),
      PASSWORD: randomBytes(12).toString('hex'),
      DOMAIN: domain.name,
    };
    const extension = await createExtension(deps, ACTOR, {
      domain_id: domain.id,
      number: fill.USER,
      name: `phone ${fill.USER}`,
      password: fill.PASSWORD,
      ...fieldsOf(made),
    });
    made.push({ extensionId: extension.id, fill });
  }
  const last = made.at(-1);
  if (last !== undefined) await engineKnows(lab, last.fill);
  return { accountId: account.id, phones: made };
}

/** Money of an extension's own. */
export async function payWallet(lab: Lab, phone: AddedPhone, amount: string): Promise<void> {
  const target = {
    extensionId: phone.extensionId,
    postingKey: `wallet ${String(phone.extensionId)}`,
  };
  await addPayment(adminOf(lab), ACTOR, target, { amount });
}

/** Until changes made before this moment are in the memory of the engine. */
async function engineKnows(lab: Lab, { USER, DOMAIN: domain }: PhoneFill): Promise<void> {
  const authorization = `Basic ${Buffer.from(lab.tenant.credentials).toString('base64')}`;
  const body = `section=directory&action=sip_auth&user=${USER}&domain=${domain}`;
  const url = `http://127.0.0.1:${String(lab.ports.engine)}/freeswitch/xml`;
  await until(`the engine to know ${USER}@${domain}`, async () => {
    const answer = await fetch(url, { method: 'POST', headers: { authorization }, body });
    return (await answer.text()).includes('a1-hash') ? true : null;
  });
}
