import type {
  AccountBlockRow,
  AccountCountryRow,
  AccountGuardRow,
  PackageAssignmentRow,
  PackagePrefixRow,
  PackageRow,
} from '../../db/repositories/snapshot.js';
import { groupBy } from './group-by.js';
import type { AccountsSnapshot, AssignedPackage } from './snapshot.js';

export interface PackageRows {
  readonly packages: readonly PackageRow[];
  readonly packagePrefixes: readonly PackagePrefixRow[];
  readonly packageAssignments: readonly PackageAssignmentRow[];
}

export interface GuardRows {
  readonly accountGuards: readonly AccountGuardRow[];
  readonly accountBlocks: readonly AccountBlockRow[];
  readonly accountCountries: readonly AccountCountryRow[];
}

/** Which inclusive time an account or an extension may use. */
export function packagesOf(
  rows: PackageRows,
): Pick<AccountsSnapshot, 'packagesByAccount' | 'packagesByExtension'> {
  const packageById = new Map(rows.packages.map((row) => [row.id, row]));
  const prefixes = groupBy(rows.packagePrefixes, (row) => row.packageId);
  const assigned = rows.packageAssignments.flatMap((assignment): AssignedPackage[] => {
    const found = packageById.get(assignment.packageId);
    if (found?.status !== 'active') return [];
    const own = (prefixes.get(found.id) ?? []).map(({ prefix }) => prefix);
    return [{ assignment, package: found, prefixes: own }];
  });
  const isOfExtension = ({ assignment }: AssignedPackage) => assignment.extensionId !== null;
  return {
    packagesByAccount: groupBy(
      assigned.filter((one) => !isOfExtension(one)),
      ({ assignment }) => assignment.accountId,
    ),
    packagesByExtension: groupBy(
      assigned.filter(isOfExtension),
      ({ assignment }) => assignment.extensionId ?? 0,
    ),
  };
}

/** What keeps accounts from calling: their guards, blocks in force, countries that are not new. */
export function guardsOf(
  rows: GuardRows,
): Pick<AccountsSnapshot, 'guardByAccount' | 'blocksByAccount' | 'countriesByAccount'> {
  const open = rows.accountBlocks.filter(({ openKey }) => openKey !== null);
  const countries = groupBy(rows.accountCountries, (row) => row.accountId);
  return {
    guardByAccount: new Map(rows.accountGuards.map((row) => [row.accountId, row])),
    blocksByAccount: groupBy(open, (row) => row.accountId),
    countriesByAccount: new Map(
      [...countries].map(([id, known]) => [id, new Set(known.map(({ country }) => country))]),
    ),
  };
}
