import type { DialplanApplication, DialplanRecord } from '../records.js';
import { appendElement, documentText } from './document.js';

/** The closed list at run time too: a record may have come from a row or a cast. */
const APPLICATIONS: Readonly<Record<DialplanApplication, true>> = {
  answer: true,
  bridge: true,
  echo: true,
  export: true,
  hangup: true,
  ivr: true,
  park: true,
  playback: true,
  respond: true,
  ring_ready: true,
  set: true,
  sleep: true,
  transfer: true,
  unset: true,
};

/** Thrown for an application outside the closed list; a dialplan that names one must not leave. */
export class ForbiddenApplicationError extends Error {
  readonly code = 'forbidden_application';

  constructor(readonly application: string) {
    super(`dialplan: application ${JSON.stringify(application)} is not in the closed list`);
    this.name = 'ForbiddenApplicationError';
  }
}

/** True for the applications our documents may name. */
export function isAllowedApplication(name: string): name is DialplanApplication {
  return Object.hasOwn(APPLICATIONS, name);
}

/**
 * One context with one extension whose condition is always true: FreeSWITCH carries out the
 * actions in order. Throws `ForbiddenApplicationError` on an application outside the closed list.
 *
 * @example
 * dialplanDocument({
 *   context: 't42',
 *   extension: 'reject',
 *   actions: [{ application: 'respond', data: '403 Forbidden' }],
 * });
 * // <document type="freeswitch/xml">
 * // <section name="dialplan">
 * // <context name="t42">
 * // <extension name="reject">
 * // <condition>
 * // <action application="respond" data="403 Forbidden"/>
 * // … and the closing tags, one a line
 */
export function dialplanDocument(record: DialplanRecord): string {
  return documentText('dialplan', (section) => {
    const context = appendElement(section, 'context', { name: record.context });
    const extension = appendElement(context, 'extension', { name: record.extension });
    const condition = appendElement(extension, 'condition', {});
    for (const { application, data } of record.actions) {
      if (!isAllowedApplication(application)) throw new ForbiddenApplicationError(application);
      // An empty `data` is left out: applications then see no argument rather than an empty one.
      appendElement(condition, 'action', { application, data: data === '' ? undefined : data });
    }
  });
}
