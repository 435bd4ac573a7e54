import { z } from 'zod';
import { domainKind } from '../../admin/domains.js';
import { extensionKind } from '../../admin/extensions.js';
import { readRecord } from '../../admin/records.js';
import { invalid } from '../../admin/refusal.js';
import { idParams } from '../listing.js';
import { defineOperation } from '../operation.js';

const parkedCall = z
  .object({
    rl_authorize: z.string().meta({
      description: 'Value of the channel variable: the extension that pays.',
      examples: ['1001@acme.example'],
    }),
    dialplan: z.string().meta({
      description: 'The actions that hand a call of this extension over, one a line.',
    }),
  })
  .meta({ id: 'ParkedCall' });

const getParkedCall = defineOperation({
  id: 'getParkedCall',
  method: 'get',
  path: '/extensions/{id}/parked-call',
  tag: 'FreeSWITCH servers',
  summary: 'Show the dialplan lines that hand a call of an extension over',
  description:
    'For a switch with a dialplan of its own: a call parked by these lines is authorised, routed ' +
    'and charged as if the switch had fetched its dialplan. `rl_destination` may be set before ' +
    'them, to call another number than the one dialled.',
  scope: 'config:read',
  params: idParams,
  response: parkedCall,
  async handle({ deps, params }) {
    const { orm } = deps.database;
    const extension = await readRecord(orm, extensionKind, params.id);
    if (extension.kind === 'mobile') throw invalid('id', 'a mobile extension makes no calls');
    const domain = await readRecord(orm, domainKind, extension.domainId);
    const payer = `${extension.number}@${domain.name}`;
    return { body: { rl_authorize: payer, dialplan: dialplanLines(payer) } };
  },
});

export const parkedCallOperations = [getParkedCall];

/** Numbers and domains hold nothing that means anything in XML. */
function dialplanLines(payer: string): string {
  return [
    `<action application="set" data="rl_authorize=${payer}"/>`,
    '<action application="park"/>',
  ].join('\n');
}
