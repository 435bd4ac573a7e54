import type { Logger } from 'pino';
import { dialplanDocument } from '../../xml/documents/dialplan.js';
import { notFoundDocument } from '../../xml/documents/not-found.js';
import { lintDocument } from '../../xml/lint.js';
import type { CallAuthorizer } from '../calls/authorize-call.js';
import { refusalReply } from '../calls/reply-for-decision.js';
import { withDeadline } from '../deadline.js';
import type { Snapshot, SwitchEntry } from '../snapshot/snapshot.js';
import { callRequestOf, contextOf } from './call-request.js';
import { configurationReply } from './configuration.js';
import type { OpenSecret } from './configuration.js';
import { directoryReply } from './directory.js';
import type { Form } from './parse-form.js';

export interface XmlEndpointOptions {
  readonly authorizer: Pick<CallAuthorizer, 'authorize'>;
  readonly log: Logger;
  readonly openSecret: OpenSecret;
  /** A dialplan answer that takes longer is replaced by a reject; FreeSWITCH's own timeout is later. */
  readonly deadlineMs: number;
  readonly onAnswer: (section: string, outcome: string) => void;
}

/** Answers every section mod_xml_curl asks for. What leaves here has passed the linter. */
export class XmlEndpoint {
  readonly #options: XmlEndpointOptions;

  constructor(options: XmlEndpointOptions) {
    this.#options = options;
  }

  /** Always a document: whatever goes wrong inside becomes a safe one and an error in the log. */
  async reply(form: Form, owner: SwitchEntry, snapshot: Snapshot): Promise<string> {
    const section = form.get('section') ?? '';
    try {
      const text = await this.#replyFor(section, form, owner, snapshot);
      return this.#checked(section, text, form);
    } catch (error) {
      this.#options.log.error({ err: error, section, ...idsOf(form) }, 'reply failed');
      this.#options.onAnswer(section, 'error');
      return this.#safeReply(section, form);
    }
  }

  async #replyFor(
    section: string,
    form: Form,
    owner: SwitchEntry,
    snapshot: Snapshot,
  ): Promise<string> {
    switch (section) {
      case 'directory':
        return this.#counted(section, directoryReply(form, snapshot));
      case 'configuration':
        return this.#counted(section, this.#configuration(form, owner, snapshot));
      case 'dialplan':
        return this.#dialplan(form, owner, snapshot);
      default:
        return this.#counted('other', notFoundDocument());
    }
  }

  #configuration(form: Form, owner: SwitchEntry, snapshot: Snapshot): string {
    const { openSecret, log } = this.#options;
    return configurationReply(form, snapshot, owner, {
      openSecret,
      onGatewayLeftOut: (gateway, problem) => {
        log.error({ gateway, problem, switch: owner.row.name }, 'gateway left out of sofia.conf');
      },
    });
  }

  async #dialplan(form: Form, owner: SwitchEntry, snapshot: Snapshot): Promise<string> {
    const request = callRequestOf(form, owner.row.id);
    if (request === null) {
      this.#options.log.warn({ ...idsOf(form) }, 'dialplan request without leg or context');
      return this.#counted('dialplan', notFoundDocument());
    }
    const late = refusalReply(request.context, 'database_unavailable');
    const decided = this.#options.authorizer.authorize(request, snapshot);
    const answer = await withDeadline(decided, this.#options.deadlineMs);
    if (answer === null) {
      this.#options.log.error({ callUuid: request.legUuid }, 'decision took too long');
      this.#options.onAnswer('dialplan', 'late');
      return dialplanDocument(late);
    }
    this.#options.onAnswer('dialplan', answer.refusal ?? 'routed');
    return dialplanDocument(answer.reply);
  }

  #counted(section: string, text: string): string {
    this.#options.onAnswer(section, text === notFoundDocument() ? 'not_found' : 'found');
    return text;
  }

  #checked(section: string, text: string, form: Form): string {
    const problems = lintDocument(text);
    if (problems.length === 0) return text;
    this.#options.log.error({ section, problems, ...idsOf(form) }, 'unsafe reply was held back');
    this.#options.onAnswer(section, 'unsafe');
    return this.#safeReply(section, form);
  }

  /** A call is refused rather than left to whatever the switch has on its disk. */
  #safeReply(section: string, form: Form): string {
    const context = contextOf(form);
    if (section !== 'dialplan' || context === null) return notFoundDocument();
    return dialplanDocument(refusalReply(context, 'internal_error'));
  }
}

function idsOf(form: Form): { readonly callUuid: string | undefined } {
  return { callUuid: form.get('Unique-ID') };
}
