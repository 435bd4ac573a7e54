import type { TenantInput } from '../demo/tenant-data.js';
import type { PlainRate } from './plain-price.js';
import {
  type ChaosAccount,
  type ChaosCarrier,
  type ChaosPhone,
  type ChaosWorld,
  passwordOf,
} from './world.js';

const LONG_AGO = '2020-01-01T00:00:00Z';
const LOOPBACK = ['127.0.0.1/32'];

/** The world in the shape that the demo's loader takes; what has no place in it, `seed-world` adds. */
export function tenantOf(world: ChaosWorld): Omit<TenantInput, 'switch'> {
  const { sheets, carriers, accounts } = world;
  return {
    sheets: [...sheets].map(([name, rows]) => sheetInput(name, rows)),
    carriers: carriers.map(carrierInput),
    plans: [{ name: 'Cheapest', carriers: carriers.map(({ code }) => code) }],
    accounts: [operatorInput(world), ...accounts.map((account) => accountInput(world, account))],
  };
}

function sheetInput(name: string, rows: readonly PlainRate[]): TenantInput['sheets'][number] {
  return {
    name,
    currency: 'EUR',
    effective_from: LONG_AGO,
    rows: rows.map((rate) => ({
      prefix: rate.prefix,
      destination: `Zone ${rate.prefix}`,
      rate_per_minute: rate.perMinute,
      connect_fee: rate.connectFee,
      initial_increment_s: rate.initialS,
      increment_s: rate.incrementS,
    })),
  };
}

function carrierInput(carrier: ChaosCarrier, index: number): TenantInput['carriers'][number] {
  const { code, gateway, sheet, maxChannels } = carrier;
  return {
    code,
    name: `Carrier ${code}`,
    currency: 'EUR',
    rate_sheet: sheet,
    gateways: [
      {
        name: gateway,
        proxy: `127.0.0.1:${String(17_001 + index)}`,
        inbound_cidrs: LOOPBACK,
        max_channels: maxChannels,
      },
    ],
  };
}

function operatorInput({ packages }: ChaosWorld): TenantInput['accounts'][number] {
  return {
    code: 'OPERATOR',
    name: 'Chaos operator',
    kind: 'operator',
    billing_mode: 'postpaid',
    currency: 'EUR',
    lcr_plan: 'Cheapest',
    packages: packages.map(({ name, period, includedS, incrementS, prefixes }) => ({
      name,
      period,
      included_s: includedS,
      increment_s: incrementS,
      prefixes: [...prefixes],
    })),
  };
}

function accountInput(world: ChaosWorld, account: ChaosAccount): TenantInput['accounts'][number] {
  const { code, parent, sheet, creditLimit, credit, maxCalls, isCustomer, phones } = account;
  return {
    code,
    name: `Account ${code}`,
    kind: isCustomer ? 'customer' : 'reseller',
    parent: parent ?? 'OPERATOR',
    billing_mode: 'prepaid',
    currency: 'EUR',
    rate_sheet: sheet,
    credit_limit: creditLimit,
    max_calls: maxCalls,
    ...(/[1-9]/.test(credit) ? { credit } : {}),
    ...(isCustomer ? { lcr_plan: 'Cheapest', domains: [domainInput(phones)] } : {}),
    dids: didInputs(world, code),
    has_packages: packagesOf(world, code),
  };
}

function didInputs({ dids }: ChaosWorld, code: string) {
  return dids
    .filter(({ account }) => account === code)
    .map(({ number, extension, sheet, freeMinutes, maxChannels }) => ({
      number,
      extension,
      rate_sheet: sheet,
      free_minutes: freeMinutes,
      max_channels: maxChannels,
    }));
}

function packagesOf({ packages }: ChaosWorld, code: string) {
  return packages
    .filter(({ account }) => account === code)
    .map(({ name, phone }) => ({
      package: name,
      starts_on: '2026-01-01',
      ...(phone === null ? {} : { extension: phone }),
    }));
}

function domainInput(phones: readonly ChaosPhone[]) {
  return {
    name: phones[0]?.address.split('@')[1] ?? '',
    extensions: phones.map((phone) => {
      const { address, ownCredit, forwardTo, maxCalls } = phone;
      const [number = ''] = address.split('@');
      return {
        number,
        name: `Phone ${address}`,
        password: passwordOf(address),
        forward_to: forwardTo ?? null,
        max_calls: maxCalls ?? null,
        ...(ownCredit === undefined ? {} : { funds: 'own' as const, credit: ownCredit }),
      };
    }),
  };
}
