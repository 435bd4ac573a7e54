import { z } from 'zod';
import { activationHistory } from '../../rates/activation/history.js';
import { rollBackInput, rollBackSheet } from '../../rates/activation/roll-back.js';
import { idParams } from '../listing.js';
import { defineOperation } from '../operation.js';

const TAG = 'Rates';

const entry = z
  .object({
    number: z.int().meta({ description: 'Among entries of one instant the highest one counts.' }),
    kind: z.enum(['activation', 'rollback']),
    release_id: z.int().nullable().meta({ description: 'Null leaves the sheet without prices.' }),
    release_number: z.int().nullable(),
    effective_from: z.iso.datetime(),
    actor: z.string(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Activation' });

const period = z
  .object({
    from: z.iso.datetime(),
    to: z.iso.datetime().nullable().meta({ description: 'Excluded; null is open.' }),
    release_id: z.int().nullable(),
    release_number: z.int().nullable(),
  })
  .meta({ id: 'ReleasePeriod' });

const history = z
  .object({
    sheet_id: z.int(),
    in_force: z
      .object({ release_id: z.int(), release_number: z.int() })
      .nullable()
      .meta({ description: 'The release that prices calls now.' }),
    entries: z.array(entry).meta({ description: 'Everything that was ever activated, in order.' }),
    periods: z.array(period).meta({ description: 'Which release prices calls when.' }),
  })
  .meta({ id: 'ActivationHistory' });

const readHistory = defineOperation({
  id: 'listActivations',
  method: 'get',
  path: '/rate-sheets/{id}/activations',
  tag: TAG,
  summary: 'Read which release of a sheet prices calls when',
  scope: 'config:read',
  params: idParams,
  response: history,
  async handle({ deps, params }) {
    const found = await activationHistory(deps.database.orm, params.id, deps.clock.nowMs());
    const { inForce } = found;
    return {
      body: {
        sheet_id: found.sheetId,
        in_force: inForce && {
          release_id: inForce.releaseId,
          release_number: inForce.releaseNumber,
        },
        entries: found.entries.map((item) => ({
          number: item.number,
          kind: item.kind,
          release_id: item.releaseId,
          release_number: item.releaseNumber,
          effective_from: isoOf(item.effectiveFromMs),
          actor: item.actor,
          created_at: isoOf(item.createdAtMs),
        })),
        periods: found.periods.map((item) => ({
          from: isoOf(item.fromMs),
          to: item.toMs === null ? null : isoOf(item.toMs),
          release_id: item.releaseId,
          release_number: item.releaseNumber,
        })),
      },
    };
  },
});

const rolledBack = z
  .object({
    sheet_id: z.int(),
    number: z.int().meta({ description: "Of the new entry in the sheet's history." }),
    release_id: z.int().meta({ description: 'What was taken back.' }),
    replacement_id: z.int().nullable().meta({ description: 'What prices calls instead.' }),
    effective_from: z.iso.datetime(),
  })
  .meta({ id: 'RolledBack' });

const rollBack = defineOperation({
  id: 'rollBackRateSheet',
  method: 'post',
  path: '/rate-sheets/{id}/rollback',
  tag: TAG,
  summary: 'Put the release before in force again',
  description:
    'Adds an entry to the history of activations and deletes nothing. Rolling back twice goes two ' +
    'releases back. Calls already decided keep their rate.',
  scope: 'rates:write',
  params: idParams,
  body: rollBackInput,
  response: rolledBack,
  async handle({ deps, actor, params, body }) {
    const done = await rollBackSheet(deps, actor, params.id, body);
    return {
      body: {
        sheet_id: done.sheetId,
        number: done.number,
        release_id: done.releaseId,
        replacement_id: done.replacementId,
        effective_from: isoOf(done.effectiveFromMs),
      },
    };
  },
});

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

export const activationOperations = [readHistory, rollBack];
