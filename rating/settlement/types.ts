import type { FrozenRate } from '../deck/types.js';

/** One level of the chain that pays for a call, with the price it agreed to when the call began. */
export interface FrozenPayer {
  readonly accountId: number;
  /** Present where an extension pays from its own money, which its account sells to. */
  readonly extensionId?: number;
  /** The account that sells to this one: its parent in the tree. */
  readonly sellerAccountId: number;
  readonly currency: string;
  readonly rate: FrozenRate;
}

/** One way out, with what its carrier asks for it. */
export interface FrozenRoute {
  readonly gatewayId: number;
  readonly gatewayName: string;
  readonly carrierId: number;
  readonly currency: string;
  readonly rate: FrozenRate;
}
