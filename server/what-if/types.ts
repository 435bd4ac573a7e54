import type { CandidateOutcome } from '../../rating/deck/deck.js';
import type { Jurisdiction } from '../../rating/deck/types.js';
import type { RatingStep } from '../../rating/call/steps.js';
import type { RouteQuality } from '../../rating/lcr/types.js';
import type { Caller } from '../calls/call-plan.js';
import type { DecisionStep, RefusalReason } from '../calls/decision.js';
import type { RouteQuestion } from './question.js';
import type { Supposition } from './supposition.js';

/** Which row of which release gives a price, with what it charges. */
export interface RateAnswer {
  readonly sheetId: number;
  readonly sheet: string;
  readonly releaseId: number;
  /** The release's number within its sheet. */
  readonly release: number | null;
  readonly rowId: number;
  readonly prefix: string;
  readonly destination: string;
  readonly currency: string;
  /** Of a US deck: the price for this call. */
  readonly ratePerMinute: string;
  readonly connectFee: string;
  readonly initialIncrementS: number;
  readonly incrementS: number;
  readonly blocked: boolean;
  /** Of a US deck: which of the row's prices it is. */
  readonly column: string | null;
}

/** The price of one length of call. */
export interface PriceAnswer {
  readonly seconds: number;
  readonly billedSeconds: number;
  readonly amount: string;
}

export interface ExplainedPrice extends PriceAnswer {
  readonly steps: readonly RatingStep[];
}

/** A row whose prefix matches, and what became of it. */
export interface CandidateAnswer {
  readonly sheet: string;
  readonly releaseId: number;
  readonly rowId: number;
  readonly prefix: string;
  readonly destination: string;
  readonly ratePerMinute: string;
  readonly priority: number;
  readonly outcome: CandidateOutcome;
}

/** What a payer could spend on the call now. */
export interface MoneyAnswer {
  readonly balance: string;
  readonly creditLimit: string;
  readonly held: string;
  /** Balance and credit less holds of calls in progress. */
  readonly available: string;
  /** Seconds of this call it could pay, at most the longest any call may last. */
  readonly affordableS: number | null;
  readonly openCalls: number;
  readonly maxCalls: number | null;
}

/** One level of the chain that pays; the customer is the first. */
export interface PayerAnswer {
  readonly accountId: number;
  readonly account: string;
  /** The extension whose own money pays, `number@domain`; null where the account pays. */
  readonly wallet: string | null;
  /** The branch that this head office pays for. */
  readonly paysFor: string | null;
  readonly currency: string;
  /** Seconds of the call that inclusive time covers; the price is of the rest. */
  readonly coveredS: number;
  /** The sheets asked, in order; the first with a rate for the number prices the call. */
  readonly sheets: readonly {
    readonly of: string;
    readonly sheetId: number;
    readonly sheet: string | null;
  }[];
  readonly rate: RateAnswer | null;
  /** Why it has no usable price. */
  readonly problem: 'no_rate' | 'destination_blocked' | 'currency_mismatch' | null;
  readonly price: ExplainedPrice | null;
  readonly prices: readonly PriceAnswer[];
  readonly candidates: readonly CandidateAnswer[];
  readonly money: MoneyAnswer | null;
}

/** What something has in use that takes a limited number of calls. */
export interface CapacityAnswer {
  readonly resource: 'gateway' | 'carrier' | 'account' | 'extension' | 'did';
  readonly resourceId: number;
  readonly channels: number | null;
  readonly open: number;
  readonly perSecond: number | null;
  readonly lastSecond: number;
}

/** A gateway of the plan: its place in the order, or why it is not tried. */
export interface CarrierAnswer {
  readonly order: number | null;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly carrierId: number;
  readonly carrier: string;
  readonly gatewayId: number;
  readonly gateway: string;
  /** As the switch last reported it; null where this process has not heard. */
  readonly gatewayState: string | null;
  readonly rate: RateAnswer | null;
  readonly currency: string;
  /** What the expected call costs, in the carrier's currency. */
  readonly expectedCost: string | null;
  /** The same in the currency of the price it is compared with. */
  readonly costInClientCurrency: string | null;
  readonly exchangeRate: string | null;
  readonly margin: string | null;
  /** What the call of the question costs. */
  readonly cost: PriceAnswer | null;
  readonly quality: RouteQuality | null;
  /** The number in the form this gateway gets. */
  readonly number: string | null;
  readonly capacity: readonly CapacityAnswer[];
}

/** By what the carriers were put in order. */
export interface RoutingAnswer {
  readonly plan: string;
  readonly strategy: string;
  readonly expectedSeconds: number;
  readonly expectedFrom: string;
  /** What the operator is paid for the expected call. */
  readonly expectedPrice: string;
  readonly currency: string;
}

/** Inclusive time the first payer may use before money. */
export interface InclusiveAnswer {
  readonly of: 'package' | 'did';
  /** Of the assignment or the DID. */
  readonly id: number;
  /** First instant without it. */
  readonly until: string;
  readonly totalS: number;
  /** Neither used nor set aside for calls in progress. */
  readonly freeS: number;
  readonly incrementS: number;
  /** What the call of the question would use of it. */
  readonly usesS: number;
}

/** What an account's guard says of the call. */
export interface GuardAnswer {
  readonly accountId: number;
  readonly rule: string;
  /** `breach` refuses the call, `alert` is told and lets it pass, `limit` bounds its length. */
  readonly outcome: 'breach' | 'alert' | 'limit';
  readonly detail: Readonly<Record<string, string>>;
}

/** Where a call goes that no carrier is chosen for by price. */
export interface TargetAnswer {
  readonly kind: string;
  /** An address, a menu, the number it is sent on to, or the gateways of an emergency call. */
  readonly to: string;
}

/** How long the call could last, and who ends it. */
export interface LimitAnswer {
  /** The longest the chain can pay; 0 refuses the call. */
  readonly affordableS: number;
  /** What the first hold covers. */
  readonly grantedS: number;
  /** No call lasts longer, whatever the money. */
  readonly maxS: number;
  /** Null where only the longest time ends it. */
  readonly limitedBy: {
    readonly accountId: number;
    readonly account: string;
    readonly wallet: string | null;
  } | null;
}

/** What a call would do and why. */
export interface RouteTest {
  readonly question: RouteQuestion & { readonly at: string; readonly switchId: number | null };
  /** Present where a release was taken to be in force. */
  readonly suppose: Supposition | null;
  readonly outcome: 'routed' | 'free' | 'refused';
  readonly refusal: RefusalReason | null;
  readonly direction: string;
  readonly owner: {
    readonly accountId: number;
    readonly account: string;
    readonly extension: string | null;
    readonly did: string | null;
  } | null;
  readonly caller: Caller;
  readonly number: {
    readonly dialled: string;
    readonly destination: string;
    readonly routingNumber: string | null;
    readonly jurisdiction: Jurisdiction | null;
  };
  readonly target: TargetAnswer | null;
  readonly payers: readonly PayerAnswer[];
  readonly inclusive: readonly InclusiveAnswer[];
  readonly guards: readonly GuardAnswer[];
  readonly limits: readonly CapacityAnswer[];
  readonly routing: RoutingAnswer | null;
  readonly carriers: readonly CarrierAnswer[];
  readonly limit: LimitAnswer | null;
  /** The explanation a call of this kind keeps. */
  readonly steps: readonly DecisionStep[];
  /** What the switch would be answered. */
  readonly dialplan: string;
}
