import type {
  CarrierAnswer,
  PayerAnswer,
  RateAnswer,
  RouteTest,
} from '../../server/what-if/types.js';
import { describeStep } from './describe-price.js';
import { guardLines, inclusiveLines, limitLines } from './describe-rules.js';
import { alignedTable, cut } from './tables.js';

/** The most rows of each kind a screen is filled with; `--json` has them all. */
const MAX_CARRIERS = 15;
const MAX_CANDIDATES = 8;

/** What a call would do and why, for a terminal. */
export function describeRouteTest(test: RouteTest): string {
  return [
    ...headLines(test),
    ...payerLines(test),
    ...priceLines(test),
    ...carrierLines(test),
    ...inclusiveLines(test),
    ...guardLines(test),
    ...moneyLines(test),
    ...limitLines(test),
    ...candidateLines(test),
    ...dialplanLines(test),
  ].join('\n');
}

function headLines(test: RouteTest): readonly string[] {
  const { question, number, owner, suppose } = test;
  const routed = number.routingNumber === null ? '' : `, routed by ${number.routingNumber}`;
  const within = number.jurisdiction === null ? '' : `, ${number.jurisdiction}`;
  const payer = owner === null ? 'nobody we know' : owner.account;
  return [
    `${question.from} (${payer}) dials ${question.to}: ${number.destination}${routed}${within}`,
    `at ${question.at}${question.isNow ? ' (now)' : ''}, caller shown ${test.caller.number}`,
    ...(suppose === null
      ? []
      : [
          `supposing release ${String(suppose.release)} (${suppose.status}) of ${suppose.sheet} were in force`,
        ]),
    verdict(test),
  ];
}

function verdict(test: RouteTest): string {
  const { outcome, refusal, direction, limit, question } = test;
  if (outcome === 'refused') return `REFUSED: ${refusal ?? 'unknown'}`;
  if (outcome === 'free') return `FREE: ${direction} call${targetOf(test)}, nobody pays`;
  const by = limit?.limitedBy ?? null;
  const end = by === null ? 'the longest a call may last' : `limited by ${by.wallet ?? by.account}`;
  const covers = (limit?.affordableS ?? 0) >= question.durationS ? '' : ', NOT the whole call';
  return `ROUTED: ${wayOf(test)}; can last ${String(limit?.affordableS ?? 0)} s (${end})${covers}`;
}

/** By carriers, or where a call goes that its number pays for. */
function wayOf(test: RouteTest): string {
  if (test.target !== null) return `${test.direction} call${targetOf(test)}`;
  return count(test.carriers.filter(({ order }) => order !== null).length, 'carrier route');
}

function targetOf({ target }: RouteTest): string {
  if (target === null || target.kind === 'echo') return '';
  if (target.kind === 'emergency') return ` to an emergency number, by ${target.to} in turn`;
  if (target.kind === 'transfer') return `, sent on to ${target.to} as a call of its own`;
  return ` to ${target.to}`;
}

function count(items: number, noun: string): string {
  return `${String(items)} ${noun}${items === 1 ? '' : 's'}`;
}

function payerLines({ payers, question }: RouteTest): readonly string[] {
  if (payers.length === 0) return [];
  const seconds = String(question.durationS);
  return [
    '',
    ...alignedTable(
      [
        ['Who pays', ...RATE_HEAD, 'fee', `${seconds} s`, '', ''],
        ...payers.map((payer) => [
          cut(payerName(payer), 32),
          ...rateCells(payer.rate),
          payer.rate?.connectFee ?? '',
          payer.price?.amount ?? '',
          payer.currency,
          payer.problem ?? '',
        ]),
      ],
      new Set([5, 7, 8]),
    ),
  ];
}

function payerName({ account, wallet, paysFor }: PayerAnswer): string {
  if (wallet !== null) return `own money of ${wallet}`;
  return paysFor === null ? account : `${account} for ${paysFor}`;
}

const RATE_HEAD = ['sheet', 'release', 'prefix', 'destination', 'per minute', 'steps'];

function rateCells(rate: RateAnswer | null): readonly string[] {
  if (rate === null) return ['', '', '', '', '', ''];
  const column = rate.column === null ? '' : ` ${rate.column}`;
  return [
    cut(rate.sheet, 20),
    `#${String(rate.release ?? '?')}`,
    rate.prefix === '' ? '(any)' : rate.prefix,
    cut(rate.destination, 24),
    `${rate.ratePerMinute}${column}`,
    `${String(rate.initialIncrementS)}/${String(rate.incrementS)}`,
  ];
}

/** The customer's price step by step, then every payer's price of other lengths. */
function priceLines({ payers, question }: RouteTest): readonly string[] {
  const [customer] = payers;
  if (customer === undefined || customer.price === null) return [];
  const lengths = customer.prices.map(({ seconds }) => `${String(seconds)} s`);
  const rows = payers.map((payer) => [
    `${cut(payerName(payer), 32)} ${payer.currency}`,
    ...payer.prices.map(({ amount }) => amount),
  ]);
  return [
    '',
    `Price of ${String(question.durationS)} s for ${payerName(customer)}, ${customer.currency}`,
    ...customer.price.steps.map((step) => `  ${describeStep(step)}`),
    ...alignedTable([['Prices', ...lengths], ...rows], new Set(lengths.map((_, at) => at + 1))),
  ];
}

function carrierLines({ carriers, routing }: RouteTest): readonly string[] {
  if (routing === null) return [];
  const { plan, strategy, expectedSeconds, expectedFrom, expectedPrice, currency } = routing;
  const shown = carriers.slice(0, MAX_CARRIERS);
  const left = carriers.length - shown.length;
  return [
    '',
    `Carriers by plan ${plan}, ${strategy}: ${String(expectedSeconds)} s expected (${expectedFrom}), sold at ${expectedPrice} ${currency}`,
    ...alignedTable(
      [
        ['', 'gateway', ...RATE_HEAD, 'cost', '', 'margin', 'quality or why not'],
        ...shown.map(carrierCells),
      ],
      new Set([6, 8, 10]),
    ),
    ...(left > 0 ? [`… and ${String(left)} more; see --json`] : []),
  ];
}

function carrierCells(carrier: CarrierAnswer): readonly string[] {
  return [
    carrier.order === null ? '-' : String(carrier.order),
    carrier.gateway,
    ...rateCells(carrier.rate),
    carrier.expectedCost ?? '',
    carrier.currency,
    carrier.margin ?? '',
    carrierRemark(carrier),
  ];
}

function carrierRemark({ reason, detail, quality, gatewayState, capacity }: CarrierAnswer): string {
  const remarks = [
    ...(reason === null ? [] : [detail === null ? reason : `${reason}: ${detail}`]),
    ...(quality === null
      ? []
      : [
          `ASR ${(quality.asr * 100).toFixed(0)} %, ACD ${quality.acdS.toFixed(0)} s of ${String(quality.attempts)}`,
        ]),
    ...(gatewayState === null ? [] : [gatewayState]),
    ...(reason === null
      ? capacity.map(
          ({ resource, open, channels }) =>
            `${resource} ${String(open)}${channels === null ? '' : `/${String(channels)}`} channels`,
        )
      : []),
  ];
  return remarks.join('; ');
}

function moneyLines({ payers, limit, outcome }: RouteTest): readonly string[] {
  const rows = payers.flatMap((payer) => {
    const { currency, money } = payer;
    return money === null
      ? []
      : [
          [
            cut(payerName(payer), 32),
            currency,
            money.balance,
            money.creditLimit,
            money.held,
            money.available,
            money.affordableS === null ? '' : `${String(money.affordableS)} s`,
            money.maxCalls === null
              ? String(money.openCalls)
              : `${String(money.openCalls)} of ${String(money.maxCalls)}`,
          ],
        ];
  });
  if (rows.length === 0) return [];
  const head = ['Money', '', 'balance', 'credit', 'held', 'available', 'can pay', 'calls now'];
  return [
    '',
    ...alignedTable([head, ...rows], new Set([2, 3, 4, 5, 6, 7])),
    ...(outcome === 'routed' && limit !== null ? [`First hold: ${String(limit.grantedS)} s`] : []),
  ];
}

function candidateLines({ payers }: RouteTest): readonly string[] {
  return payers.flatMap((payer) => rowsLookedAt(payer));
}

/** Only where there was a choice. */
function rowsLookedAt({ account, candidates, rate }: PayerAnswer): readonly string[] {
  if (candidates.length < 2 && rate !== null) return [];
  if (candidates.length === 0) return ['', `${account}: no row begins with this number`];
  const shown = candidates.slice(0, MAX_CANDIDATES);
  return [
    '',
    ...alignedTable([
      [`Rows looked at for ${account}`, 'prefix', 'destination', 'per minute', 'outcome'],
      ...shown.map(({ sheet, rowId, prefix, destination, ratePerMinute, outcome }) => [
        `  ${cut(sheet, 20)} row ${String(rowId)}`,
        prefix === '' ? '(any)' : prefix,
        cut(destination, 24),
        ratePerMinute,
        outcome,
      ]),
    ]),
    ...(candidates.length > shown.length
      ? [`  … and ${String(candidates.length - shown.length)} shorter ones; see --json`]
      : []),
  ];
}

function dialplanLines({ dialplan }: RouteTest): readonly string[] {
  const actions = dialplan.split('\n').filter((line) => line.startsWith('<action'));
  return ['', 'The switch would be told', ...actions.map((line) => `  ${line}`)];
}
