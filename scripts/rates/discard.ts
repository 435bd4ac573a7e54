import { discardRelease } from '../../server/admin/releases.js';
import { snakeKeys } from '../../server/admin/case.js';
import { readRelease, releaseId, takePositionals } from './arguments.js';
import type { RatesCommand } from './command.js';

export const discardCommand: RatesCommand = {
  name: 'discard',
  summary: 'Give a draft up',
  usage: `Usage: npm run rates -- discard RELEASE [--json]
Gives a draft up for good; its rows stay to be looked at.`,
  options: {},
  async run({ positionals, context }) {
    const [text] = takePositionals(positionals, ['RELEASE']);
    const { id, version } = await readRelease(context, releaseId(text));
    const discarded = await discardRelease(context.admin, context.actor, { id, version });
    context.json(snakeKeys(discarded));
    context.say(`Release ${discarded.number} is discarded.`);
    return 0;
  },
};
