import type {
  AccountBlockRow,
  AccountGuardRow,
  PackageAssignmentRow,
  PackageRow,
} from '../../db/repositories/snapshot.js';
import { EDITABLE, LONG_AGO } from './world-rows.js';
import { OPERATOR } from './world.js';
import type { World } from './world.js';

/** Gives a package of the operator's to an account, or to one of its extensions. */
export function addPackage(
  world: World,
  given: {
    readonly id: number;
    readonly accountId: number;
    readonly extensionId?: number;
    readonly prefixes: readonly string[];
    readonly package?: Partial<PackageRow>;
    readonly assignment?: Partial<PackageAssignmentRow>;
  },
): void {
  const { id, accountId, extensionId = null, prefixes } = given;
  world.packages.push({
    id,
    accountId: OPERATOR,
    name: `package ${String(id)}`,
    period: 'monthly',
    includedS: 600,
    incrementS: 1,
    status: 'active',
    ...EDITABLE,
    ...given.package,
  });
  world.packagePrefixes.push(...prefixes.map((prefix) => ({ packageId: id, prefix })));
  world.packageAssignments.push({
    id,
    packageId: id,
    accountId,
    extensionId,
    startsOn: '2026-11-01',
    endsOn: null,
    generation: 0,
    ...EDITABLE,
    ...given.assignment,
  });
}

/** A guard with every rule off but those told. */
export function accountGuard(
  accountId: number,
  over: Partial<AccountGuardRow> = {},
): AccountGuardRow {
  return {
    accountId,
    dailySpend: null,
    maxPricePerMinute: null,
    nightFrom: null,
    nightTo: null,
    nightMaxPricePerMinute: null,
    newCountry: 'off',
    shortCallS: null,
    shortCallCount: null,
    shortCallWindowS: null,
    ...EDITABLE,
    ...over,
  };
}

/** A block in force. */
export function accountBlock(id: number, accountId: number, rule = 'short_calls'): AccountBlockRow {
  return {
    id,
    accountId,
    rule,
    openKey: `${String(accountId)}:${rule}`,
    sinceUs: LONG_AGO.getTime() * 1000,
    detail: {},
    releasedUs: null,
    releasedBy: null,
  };
}
