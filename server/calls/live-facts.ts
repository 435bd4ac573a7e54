import type { RouteQuality } from '../../rating/lcr/types.js';

/** Which attempts count as history: those of the last hours, and only where they are enough. */
export interface QualityWindow {
  readonly windowH: number;
  readonly minAttempts: number;
}

/**
 * What a node knows of the moment and the configuration does not say. All of it is in memory, so that
 * a call is planned without waiting for anything; whatever is not known takes no route away.
 */
export interface LiveFacts {
  /**
   * The word FreeSWITCH has for a gateway it cannot use, such as `DOWN` or `FAIL_WAIT`, on the very
   * switch that asks; null where it can be used or nothing is known.
   */
  gatewayDown(switchId: number, gatewayName: string): string | null;
  /** What is owed to a carrier, in its currency, as an exact decimal string; null for nothing yet. */
  owedTo(carrierId: number): string | null;
  /** How attempts over a gateway towards a number went of late; null where too few were made. */
  routeQuality(gatewayId: number, number: string, window: QualityWindow): RouteQuality | null;
  /** Seconds that answered calls towards a number last on average; null where too few are known. */
  averageCallS(number: string, window: QualityWindow): number | null;
}

/** Nothing is known: every gateway is taken for usable. For tests and for questions about another day. */
export const noLiveFacts: LiveFacts = {
  gatewayDown: () => null,
  owedTo: () => null,
  routeQuality: () => null,
  averageCallS: () => null,
};

/** The parts of a node that live facts come from, each by what is needed of it. */
export interface LiveSources {
  readonly links: Pick<LiveFacts, 'gatewayDown'>;
  readonly credit: Pick<LiveFacts, 'owedTo'>;
  readonly quality: Pick<LiveFacts, 'routeQuality' | 'averageCallS'>;
}

/** One view of all sources, always as they are at the moment of the question. */
export function liveFactsOf({ links, credit, quality }: LiveSources): LiveFacts {
  return {
    gatewayDown: (switchId, gatewayName) => links.gatewayDown(switchId, gatewayName),
    owedTo: (carrierId) => credit.owedTo(carrierId),
    routeQuality: (gatewayId, number, window) => quality.routeQuality(gatewayId, number, window),
    averageCallS: (number, window) => quality.averageCallS(number, window),
  };
}
