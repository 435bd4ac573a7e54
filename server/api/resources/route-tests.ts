import { routeTestSettings } from '../../what-if/settings.js';
import { z } from 'zod';
import { snakeKeys } from '../../admin/case.js';
import { noLiveFacts } from '../../calls/live-facts.js';
import { routeQuestionInput } from '../../what-if/question.js';
import { testRoute } from '../../what-if/test-route.js';
import type { RouteTestDeps } from '../../what-if/test-route.js';
import type { ApiDeps } from '../deps.js';
import { defineOperation } from '../operation.js';
import { shownAmount, shownCurrency } from '../shown.js';

const amount = () => shownAmount().nullable();
const count = () => z.int().nullable();
const word = () => z.string().nullable();

const rate = z
  .object({
    sheet_id: z.int(),
    sheet: z.string(),
    release_id: z.int(),
    release: count().meta({ description: "The release's number within its sheet." }),
    row_id: z.int(),
    prefix: z.string(),
    destination: z.string(),
    currency: shownCurrency(),
    rate_per_minute: shownAmount(),
    connect_fee: shownAmount(),
    initial_increment_s: z.int(),
    increment_s: z.int(),
    blocked: z.boolean(),
    column: word().meta({ description: 'Of a US deck: which of its prices.' }),
  })
  .meta({ id: 'RouteTestRate' });

const price = z
  .object({ seconds: z.int(), billed_seconds: z.int(), amount: shownAmount() })
  .meta({ id: 'RouteTestPrice' });

const payer = z
  .object({
    account_id: z.int(),
    account: z.string(),
    wallet: word().meta({
      description: 'The extension whose own money pays; null for the account.',
    }),
    pays_for: word().meta({ description: 'The branch that this head office pays for.' }),
    currency: shownCurrency(),
    covered_s: z.int().meta({ description: 'Seconds of the call that inclusive time covers.' }),
    sheets: z.array(z.object({ of: z.string(), sheet_id: z.int(), sheet: word() })),
    rate: rate.nullable(),
    problem: z.enum(['no_rate', 'destination_blocked', 'currency_mismatch']).nullable(),
    price: price.extend({ steps: z.array(z.unknown()) }).nullable(),
    prices: z.array(price),
    candidates: z.array(
      z.object({
        sheet: z.string(),
        release_id: z.int(),
        row_id: z.int(),
        prefix: z.string(),
        destination: z.string(),
        rate_per_minute: shownAmount(),
        priority: z.int(),
        outcome: z.string(),
      }),
    ),
    money: z
      .object({
        balance: shownAmount(),
        credit_limit: shownAmount(),
        held: shownAmount(),
        available: shownAmount(),
        affordable_s: count(),
        open_calls: z.int(),
        max_calls: count(),
      })
      .nullable(),
  })
  .meta({ id: 'RouteTestPayer' });

const capacity = z
  .object({
    resource: z.enum(['gateway', 'carrier', 'account', 'extension', 'did']),
    resource_id: z.int(),
    channels: count(),
    open: z.int(),
    per_second: count(),
    last_second: z.int(),
  })
  .meta({ id: 'RouteTestCapacity' });

const inclusive = z
  .object({
    of: z.enum(['package', 'did']),
    id: z.int().meta({ description: 'Of the package assignment or the DID.' }),
    until: z.iso.datetime(),
    total_s: z.int(),
    free_s: z.int().meta({ description: 'Neither used nor set aside for calls in progress.' }),
    increment_s: z.int(),
    uses_s: z.int().meta({ description: 'What the call of the question would use.' }),
  })
  .meta({ id: 'RouteTestInclusive' });

const guard = z
  .object({
    account_id: z.int(),
    rule: z.string(),
    outcome: z.enum(['breach', 'alert', 'limit']),
    detail: z.record(z.string(), z.string()),
  })
  .meta({ id: 'RouteTestGuard' });

const carrier = z
  .object({
    order: count().meta({ description: 'Its place, from 1; null where it is not tried.' }),
    reason: word().meta({ description: 'Why it is not tried.' }),
    detail: word(),
    carrier_id: z.int(),
    carrier: z.string(),
    gateway_id: z.int(),
    gateway: z.string(),
    gateway_state: word().meta({ description: 'As the switch last told this node.' }),
    rate: rate.nullable(),
    currency: shownCurrency(),
    expected_cost: amount(),
    cost_in_client_currency: amount(),
    exchange_rate: word(),
    margin: amount(),
    cost: price.nullable().meta({ description: 'Of the call that was asked about.' }),
    quality: z
      .unknown()
      .meta({ description: 'How attempts towards the destination went of late.' }),
    number: word(),
    capacity: z.array(capacity),
  })
  .meta({ id: 'RouteTestCarrier' });

const routeTest = z
  .object({
    question: z.object({
      from: z.string(),
      to: z.string(),
      at: z.iso.datetime(),
      at_ms: z.int(),
      is_now: z.boolean(),
      duration_s: z.int(),
      caller: word(),
      switch_name: word(),
      switch_id: count(),
    }),
    suppose: z
      .object({
        release_id: z.int(),
        release: z.int(),
        status: z.string(),
        sheet_id: z.int(),
        sheet: z.string(),
        effective_from_ms: z.int(),
      })
      .nullable(),
    outcome: z.enum(['routed', 'free', 'refused']),
    refusal: word(),
    direction: z.enum(['outbound', 'internal', 'inbound', 'service']),
    owner: z
      .object({ account_id: z.int(), account: z.string(), extension: word(), did: word() })
      .nullable(),
    caller: z.object({ number: z.string(), name: z.string() }),
    number: z.object({
      dialled: z.string(),
      destination: z.string(),
      routing_number: word(),
      jurisdiction: z.enum(['interstate', 'intrastate', 'unknown']).nullable(),
    }),
    target: z
      .object({ kind: z.string(), to: z.string() })
      .nullable()
      .meta({ description: 'Where a call goes that no carrier is chosen for.' }),
    payers: z.array(payer),
    inclusive: z.array(inclusive),
    guards: z.array(guard),
    limits: z.array(capacity),
    routing: z
      .object({
        plan: z.string(),
        strategy: z.string(),
        expected_seconds: z.int(),
        expected_from: z.enum(['history', 'plan']),
        expected_price: shownAmount(),
        currency: shownCurrency(),
      })
      .nullable(),
    carriers: z.array(carrier),
    limit: z
      .object({
        affordable_s: z.int(),
        granted_s: z.int(),
        max_s: z.int(),
        limited_by: z
          .object({ account_id: z.int(), account: z.string(), wallet: word() })
          .nullable(),
      })
      .nullable(),
    steps: z.array(z.unknown()).meta({ description: 'The explanation such a call would keep.' }),
    dialplan: z.string().meta({ description: 'The document the switch would be answered.' }),
  })
  .meta({ id: 'RouteTest' });

const testRouteOperation = defineOperation({
  id: 'testRoute',
  method: 'post',
  path: '/route-tests',
  tag: 'Carriers and routing',
  summary: 'Ask what a call would do and why, without making one',
  description: [
    'Answers by the code that decides calls: who pays how much, which carriers would be tried in',
    'which order or why not, and how long the call could last. Nothing is written and nothing',
    'locked, so a call that is made meanwhile may find money and channels otherwise. For another',
    'instant than now the state of gateways, channels in use and what is owed to carriers are left',
    'out; balances are those of now.',
  ].join(' '),
  scope: 'calls:read',
  body: routeQuestionInput,
  response: routeTest,
  async handle({ deps, body }) {
    return { body: snakeKeys(await testRoute(depsOf(deps), body)) };
  },
});

/** What the node knows; an API without one answers from the database alone. */
function depsOf({ database, clock, liveState, routeTests }: ApiDeps): RouteTestDeps {
  return {
    database,
    clock,
    // Where the node does not say, what every setting is when nobody sets it.
    settings: routeTests?.settings ?? routeTestSettings({}),
    snapshot: routeTests?.snapshot() ?? null,
    live: routeTests?.live ?? noLiveFacts,
    gatewayState: (switchId, gateway) =>
      liveState.switchStatus(switchId)?.gateways.find(({ name }) => name === gateway)?.state ??
      null,
  };
}

export const routeTestOperations = [testRouteOperation];
