import type { AccountRow, DidRow, ExtensionRow } from '../../db/repositories/snapshot.js';
import type { ResourceLimit } from './decision.js';

/** Whom a call through a carrier counts against. */
export interface LimitedParties {
  /** The extension that calls, or the one that is called from outside. */
  readonly extension: ExtensionRow | null;
  readonly did: DidRow | null;
  readonly accounts: readonly AccountRow[];
}

/** Everything about a call that takes a limited number of calls besides its way out. */
export function callLimits({ extension, did, accounts }: LimitedParties): readonly ResourceLimit[] {
  return [
    ...(extension === null
      ? []
      : limitOf('extension', extension.id, extension.maxCalls, extension.maxCps)),
    ...(did === null ? [] : limitOf('did', did.id, did.maxChannels, did.maxCps)),
    ...accounts.flatMap(({ id, maxCalls, maxCps }) => limitOf('account', id, maxCalls, maxCps)),
  ];
}

function limitOf(
  resource: ResourceLimit['resource'],
  resourceId: number,
  channels: number | null,
  perSecond: number | null,
): readonly ResourceLimit[] {
  if (channels === null && perSecond === null) return [];
  return [{ resource, resourceId, channels, perSecond }];
}
