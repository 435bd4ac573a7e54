import { carriableText } from '../../xml/dial-string.js';
import type { ExtensionRow } from '../../db/repositories/snapshot.js';
import type { Caller } from './call-plan.js';

const SAFE_CALLER = /^\+?[0-9*#]{1,32}$/;

/** What a phone of ours shows outside: the number and name its records say. */
export function callerOutside(extension: ExtensionRow): Caller {
  const number = extension.callerIdNumber ?? extension.number;
  return { number, name: carriableText(extension.callerIdName ?? number) };
}

/** What a phone of ours shows to another. */
export function callerInside(extension: ExtensionRow): Caller {
  return { number: extension.number, name: carriableText(extension.name) };
}

/** What a stranger shows: the digits received, and nothing else of it. */
export function callerReceived(callerNumber: string): Caller {
  const number = SAFE_CALLER.test(callerNumber) ? callerNumber : 'anonymous';
  return { number, name: number };
}
