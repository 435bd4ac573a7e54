import { activateRelease } from '../../server/admin/releases.js';
import { snakeKeys } from '../../server/admin/case.js';
import { readRelease, releaseId, takePositionals } from './arguments.js';
import { textOption } from './command.js';
import type { RatesCommand } from './command.js';

export const activateCommand: RatesCommand = {
  name: 'activate',
  summary: 'Let a draft price calls',
  usage: `Usage: npm run rates -- activate RELEASE [--at INSTANT] [--accept-rejected] [--json]
Lets the draft price calls from an instant on (RFC 3339); without --at from its own, or from now on
where that is past. Calls already decided keep their rate. --accept-rejected activates a draft
although lines of its file are not in it.`,
  options: { at: { type: 'string' }, 'accept-rejected': { type: 'boolean', default: false } },
  async run({ values, positionals, context }) {
    const [text] = takePositionals(positionals, ['RELEASE']);
    const { id, version } = await readRelease(context, releaseId(text));
    const at = textOption(values, 'at');
    const active = await activateRelease(
      context.admin,
      context.actor,
      { id, version },
      {
        accept_rejected: values['accept-rejected'] === true,
        ...(at === undefined ? {} : { effective_from: at }),
      },
    );
    context.json(snakeKeys(active));
    context.say(
      `Release ${active.number} with ${active.rowCount} rows prices calls from ` +
        `${active.effectiveFrom.toISOString()} on.`,
    );
    for (const notice of active.notices) context.say(`note: ${notice.detail}`);
    return 0;
  },
};
