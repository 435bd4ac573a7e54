import type { TenantInput } from './tenant-data.js';

const LONG_AGO = '2020-01-01T00:00:00Z';
/** What the demo's menu plays: tones, so that no sound files are needed. */
const TONE = 'tone_stream://%(200,100,440)';
const LOW_TONE = 'tone_stream://%(100,100,300)';
const LAST_TONE = 'tone_stream://%(100,100,200)';
const LOOPBACK = ['127.0.0.1/32'];

type SheetInput = TenantInput['sheets'][number];

function sheet(name: string, rows: SheetInput['rows']): SheetInput {
  return { name, currency: 'USD', effective_from: LONG_AGO, rows };
}

/** One gateway on this machine, where the simulator and the tests listen as the far end. */
function carrier(letter: string, port: number): TenantInput['carriers'][number] {
  return {
    code: letter,
    name: `Carrier ${letter}`,
    currency: 'USD',
    rate_sheet: `Carrier ${letter} USD`,
    gateways: [{ name: `carrier${letter}`, proxy: `127.0.0.1:${port}`, inbound_cidrs: LOOPBACK }],
  };
}

/*
 * The prices make the recorded calls go where they were recorded going: British mobiles to A and,
 * when A fails, to B; France and Italy to B alone; Spain to C alone; Germany is blocked; 5555555 has
 * no price at all. Every retail price is above the reseller's and that one above every carrier's.
 */
const sheets: SheetInput[] = [
  sheet('Retail USD', [
    {
      prefix: '1',
      destination: 'United States',
      rate_per_minute: '0.0120',
      initial_increment_s: 6,
      increment_s: 6,
    },
    { prefix: '33', destination: 'France', rate_per_minute: '0.0150' },
    { prefix: '331', destination: 'France, Paris', rate_per_minute: '0.0120' },
    { prefix: '34', destination: 'Spain', rate_per_minute: '0.0180' },
    {
      prefix: '39',
      destination: 'Italy',
      rate_per_minute: '0.0200',
      connect_fee: '0.0100',
      initial_increment_s: 60,
      increment_s: 60,
    },
    { prefix: '44', destination: 'United Kingdom', rate_per_minute: '0.0140' },
    {
      prefix: '447',
      destination: 'United Kingdom, mobile',
      rate_per_minute: '0.0300',
      initial_increment_s: 30,
      increment_s: 6,
    },
    { prefix: '49', destination: 'Germany', rate_per_minute: '0.0130', blocked: true },
  ]),
  sheet('Reseller USD', [
    {
      prefix: '1',
      destination: 'United States',
      rate_per_minute: '0.0100',
      initial_increment_s: 6,
      increment_s: 6,
    },
    { prefix: '33', destination: 'France', rate_per_minute: '0.0125' },
    { prefix: '331', destination: 'France, Paris', rate_per_minute: '0.0100' },
    { prefix: '34', destination: 'Spain', rate_per_minute: '0.0150' },
    {
      prefix: '39',
      destination: 'Italy',
      rate_per_minute: '0.0180',
      connect_fee: '0.0050',
      initial_increment_s: 60,
      increment_s: 60,
    },
    { prefix: '44', destination: 'United Kingdom', rate_per_minute: '0.0120' },
    {
      prefix: '447',
      destination: 'United Kingdom, mobile',
      rate_per_minute: '0.0250',
      initial_increment_s: 30,
      increment_s: 6,
    },
    { prefix: '49', destination: 'Germany', rate_per_minute: '0.0110' },
  ]),
  sheet('Carrier A USD', [
    {
      prefix: '1',
      destination: 'United States',
      rate_per_minute: '0.0060',
      initial_increment_s: 6,
      increment_s: 6,
    },
    { prefix: '44', destination: 'United Kingdom', rate_per_minute: '0.0070' },
    { prefix: '447', destination: 'United Kingdom, mobile', rate_per_minute: '0.0160' },
    { prefix: '49', destination: 'Germany', rate_per_minute: '0.0080' },
  ]),
  sheet('Carrier B USD', [
    { prefix: '33', destination: 'France', rate_per_minute: '0.0070' },
    {
      prefix: '331',
      destination: 'France, Paris',
      rate_per_minute: '0.0060',
      initial_increment_s: 6,
      increment_s: 6,
    },
    {
      prefix: '39',
      destination: 'Italy',
      rate_per_minute: '0.0110',
      initial_increment_s: 60,
      increment_s: 60,
    },
    {
      prefix: '447',
      destination: 'United Kingdom, mobile',
      rate_per_minute: '0.0190',
      initial_increment_s: 30,
      increment_s: 6,
    },
  ]),
  sheet('Carrier C USD', [{ prefix: '34', destination: 'Spain', rate_per_minute: '0.0090' }]),
  sheet('Inbound USD', [
    { prefix: '44', destination: 'Calls to British numbers', rate_per_minute: '0.0050' },
  ]),
];

const accounts: TenantInput['accounts'] = [
  {
    code: 'OPERATOR',
    name: 'Demo operator',
    kind: 'operator',
    billing_mode: 'postpaid',
    currency: 'USD',
  },
  {
    code: 'RESELLER',
    name: 'Demo reseller',
    kind: 'reseller',
    parent: 'OPERATOR',
    billing_mode: 'prepaid',
    currency: 'USD',
    rate_sheet: 'Reseller USD',
    credit: '1000',
    packages: [{ name: '100 minutes UK', included_s: 6000, prefixes: ['44'] }],
  },
  {
    code: 'ACME',
    name: 'Acme',
    kind: 'customer',
    parent: 'RESELLER',
    billing_mode: 'prepaid',
    currency: 'USD',
    rate_sheet: 'Retail USD',
    lcr_plan: 'Default',
    credit: '50.00',
    domains: [
      {
        name: 'acme.example',
        extensions: [
          {
            number: '1001',
            name: 'Reception',
            password: 'pw1001',
            caller_id_number: '972365987457',
            caller_id_name: 'Acme',
          },
          {
            number: '1002',
            name: 'Office',
            password: 'pw1002',
            caller_id_number: '972365987456',
            caller_id_name: 'Acme office',
          },
        ],
      },
    ],
    ivr_menus: [
      {
        name: 'main300',
        greet_long: TONE,
        greet_short: TONE,
        invalid_sound: LOW_TONE,
        exit_sound: LAST_TONE,
        timeout_ms: 3000,
        inter_digit_timeout_ms: 1000,
        max_failures: 2,
        max_timeouts: 2,
        entries: [{ digits: '5', transfer_to: '9196' }],
      },
    ],
    dids: [
      { number: '972365987456', extension: '1002@acme.example', comment: 'Office' },
      { number: '972365987457', ivr_menu: 'main300', comment: 'Main number' },
    ],
  },
  {
    code: 'SHOP',
    name: 'Demo shop',
    kind: 'customer',
    parent: 'RESELLER',
    billing_mode: 'prepaid',
    time_zone: 'Europe/London',
    currency: 'USD',
    rate_sheet: 'Retail USD',
    lcr_plan: 'Default',
    credit: '20.00',
    low_balance: '5.00',
    domains: [
      {
        name: 'shop.example',
        extensions: [
          {
            number: '2001',
            name: 'Counter',
            password: 'pw2001',
            caller_id_number: '442079460123',
          },
          {
            number: '2002',
            name: 'Apprentice',
            password: 'pw2002',
            caller_id_number: '442079460123',
            funds: 'own',
            low_balance: '1.00',
            credit: '5.00',
          },
        ],
      },
    ],
    dids: [
      {
        number: '442079460123',
        extension: '2001@shop.example',
        max_channels: 2,
        rate_sheet: 'Inbound USD',
        free_minutes: 10,
        comment: 'Shop, two lines',
      },
    ],
    has_packages: [{ package: '100 minutes UK', starts_on: '2026-01-01' }],
  },
];

/**
 * The tenant of the recorded traffic: one reseller, one customer, two phones, three carriers. Beside it
 * a shop that has what prepaid customers have: inclusive minutes, a wallet, a limited and priced number.
 */
export const demoTenant: TenantInput = {
  sheets,
  carriers: [carrier('A', 17_001), carrier('B', 17_002), carrier('C', 17_003)],
  plans: [{ name: 'Default', carriers: ['A', 'B', 'C'] }],
  accounts,
  switch: {
    name: 'fs1',
    http_username: 'fs1',
    allowed_cidrs: ['127.0.0.1/32', '::1/128'],
    esl_host: '127.0.0.1',
    sip_ip: '127.0.0.1',
    rtp_ip: '127.0.0.1',
  },
};
