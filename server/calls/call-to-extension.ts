import type { ExtensionEntry } from '../snapshot/snapshot.js';
import type { Caller, Owner } from './call-plan.js';

/** A call that was made to an extension, by its short number or a DID. */
export interface CallToExtension {
  readonly entry: ExtensionEntry;
  readonly direction: 'internal' | 'inbound';
  /** Who calls. */
  readonly owner: Owner;
  readonly caller: Caller;
  readonly destination: string;
  /** The caller's leg is charged itself: a way out is then a decision of its own. */
  readonly isMetered?: boolean;
}
