import type {
  CarrierRow,
  DomainRow,
  GatewayRow,
  IvrMenuRow,
  SheetRow,
} from '../../db/repositories/snapshot.js';

export const LONG_AGO = new Date(Date.UTC(2020, 0, 1));

export const EDITABLE = { version: 1, createdAt: LONG_AGO, updatedAt: LONG_AGO } as const;

export function sheet(id: number, name: string): SheetRow {
  return {
    id,
    name,
    currency: 'EUR',
    timeZone: 'UTC',
    durationRounding: 'up',
    roundingMode: 'half_up',
    roundingDecimals: 6,
    taxPercent: '0.0000',
    taxMode: 'added',
    timeOfDayPolicy: 'start',
    ratedOn: 'number',
    noticeDays: 7,
    importMapping: null,
    ...EDITABLE,
  };
}

export function domain(id: number, accountId: number, name: string): DomainRow {
  return { id, accountId, name, ...EDITABLE };
}

export function carrier(id: number, code: string, rateSheetId: number): CarrierRow {
  return {
    id,
    code,
    name: `Carrier ${code}`,
    currency: 'EUR',
    status: 'active',
    rateSheetId,
    creditLimit: null,
    maxChannels: null,
    maxCps: null,
    causes: null,
    ...EDITABLE,
  };
}

export function gateway(
  id: number,
  carrierId: number,
  name: string,
  over: Partial<GatewayRow> = {},
): GatewayRow {
  return {
    id,
    carrierId,
    name,
    proxy: `${name.toLowerCase()}.example:5060`,
    realm: null,
    username: null,
    passwordSealed: null,
    register: false,
    techPrefix: '',
    codecs: 'PCMU,PCMA',
    inboundCidrs: [],
    priority: 0,
    weight: 1,
    progressTimeoutS: 8,
    maxChannels: null,
    maxCps: null,
    allowTranscoding: true,
    carriesEmergency: true,
    status: 'active',
    ...EDITABLE,
    ...over,
  };
}

export function menu(id: number, accountId: number, name: string): IvrMenuRow {
  return {
    id,
    accountId,
    name,
    greetLong: 'ivr/welcome.wav',
    greetShort: 'ivr/short.wav',
    invalidSound: 'ivr/invalid.wav',
    exitSound: 'ivr/bye.wav',
    timeoutMs: 5000,
    interDigitTimeoutMs: 2000,
    maxFailures: 3,
    maxTimeouts: 3,
    digitLength: 4,
    ...EDITABLE,
  };
}
