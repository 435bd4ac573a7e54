import { rollBackSheet } from '../../server/rates/activation/roll-back.js';
import { releaseId, takePositionals } from './arguments.js';
import { textOption } from './command.js';
import type { RatesCommand } from './command.js';
import { findSheet } from './find-sheet.js';

export const rollbackCommand: RatesCommand = {
  name: 'rollback',
  summary: 'Put the release before in force again',
  usage: `Usage: npm run rates -- rollback SHEET [--release RELEASE] [--at INSTANT] [--allow-none] [--json]
Takes the release in force back, or with --release one that is still to begin, and puts the one before
it in its place: from now on, or from --at on (RFC 3339). Nothing is deleted, and calls already decided
keep their rate. --allow-none takes back the first release too, and leaves the sheet without prices.`,
  options: {
    release: { type: 'string' },
    at: { type: 'string' },
    'allow-none': { type: 'boolean', default: false },
  },
  async run({ values, positionals, context }) {
    const [name = ''] = takePositionals(positionals, ['SHEET']);
    const sheet = await findSheet(context.database.orm, name);
    const release = textOption(values, 'release');
    const at = textOption(values, 'at');
    const done = await rollBackSheet(context.admin, context.actor, sheet.id, {
      allow_none: values['allow-none'] === true,
      ...(release === undefined ? {} : { release_id: releaseId(release) }),
      ...(at === undefined ? {} : { effective_from: at }),
    });
    const from = new Date(done.effectiveFromMs).toISOString();
    context.json({
      sheet_id: done.sheetId,
      number: done.number,
      release_id: done.releaseId,
      replacement_id: done.replacementId,
      effective_from: from,
    });
    context.say(
      done.replacementId === null
        ? `${sheet.name} has no prices from ${from} on; release id ${done.releaseId} was taken back.`
        : `Release id ${done.replacementId} prices calls again from ${from} on, in place of ` +
            `release id ${done.releaseId}.`,
    );
    return 0;
  },
};
