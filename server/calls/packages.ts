import { choosePackages, inOrderOfUse } from '../../rating/allowance/choose-offers.js';
import type { IncludedOffer } from '../../rating/allowance/choose-offers.js';
import type { AccountRow } from '../../db/repositories/snapshot.js';
import type { AccountsSnapshot, AssignedPackage } from '../snapshot/snapshot.js';
import type { AllowanceOffer, DecisionStep } from './decision.js';

/** For whom inclusive time is looked for. */
export interface PackageUser {
  readonly destination: string;
  readonly nowMs: number;
  /** The extension that calls; its packages are good for whoever pays first. */
  readonly extensionId: number | null;
  /** Whose packages are good for all their calls: nobody's where an extension's own money pays. */
  readonly accounts: readonly AccountRow[];
  /** Whose days the packages of the extension mean. */
  readonly customer: AccountRow;
}

/** The packages that are good for a call, in the order in which they are used, with their steps. */
export function packageOffers(
  user: PackageUser,
  snapshot: AccountsSnapshot,
): { readonly offers: readonly AllowanceOffer[]; readonly steps: readonly DecisionStep[] } {
  const { extensionId, customer } = user;
  const own = extensionId === null ? [] : (snapshot.packagesByExtension.get(extensionId) ?? []);
  const shared = user.accounts.flatMap((account) =>
    offersOf(snapshot.packagesByAccount.get(account.id) ?? [], account, user),
  );
  const offers = [...offersOf(own, customer, user), ...shared].sort(inOrderOfUse);
  return { offers, steps: offers.length === 0 ? [] : [offeredStep(offers)] };
}

function offersOf(
  assigned: readonly AssignedPackage[],
  account: AccountRow,
  { destination, nowMs }: PackageUser,
): readonly IncludedOffer[] {
  // Most accounts have none.
  if (assigned.length === 0) return [];
  return choosePackages(
    assigned.map(({ assignment, package: { period, includedS, incrementS }, prefixes }) => ({
      assignmentId: assignment.id,
      generation: assignment.generation,
      startsOn: assignment.startsOn,
      endsOn: assignment.endsOn,
      period,
      includedS,
      incrementS,
      prefixes,
    })),
    { number: destination, atMs: nowMs, timeZone: account.timeZone },
  );
}

/** Inclusive time that may be used before money; how much is left only the database knows. */
export function offeredStep(offers: readonly AllowanceOffer[]): DecisionStep {
  return {
    kind: 'inclusive',
    offers: offers.map(({ ownerType, ownerId, generation, periodEndUs, totalS, incrementS }) => ({
      of: ownerType,
      id: ownerId,
      generation,
      until: new Date(periodEndUs / 1000).toISOString(),
      totalS,
      incrementS,
    })),
  };
}
