import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { before, describe, it } from 'mocha';
import { calledStories } from './stories/called.js';
import { hostileStories } from './stories/hostile.js';
import { inboundStories } from './stories/inbound.js';
import { moneyStories } from './stories/money.js';
import { ledgerStory, LONG_NUMBER, longCallStory, outageStories } from './stories/outages.js';
import { outboundStories } from './stories/outbound.js';
import { parkedStories } from './stories/parked.js';
import { phoneStories } from './stories/phones.js';
import { ratingStories } from './stories/rating.js';
import { withLab } from './support/lab.js';

const binary = process.env['FREESWITCH_BIN'] ?? '';
const missing = whatIsMissing();

describe('A real FreeSWITCH', () => {
  if (missing !== null) {
    it(`is not tried: ${missing}`);
    return;
  }
  const lab = withLab(binary);
  before(async () => {
    await lab().longCall(LONG_NUMBER);
  });
  phoneStories(lab);
  outboundStories(lab);
  inboundStories(lab);
  longCallStory(lab);
  // After it, because it counts the heartbeats of all calls.
  ratingStories(lab);
  moneyStories(lab);
  calledStories(lab);
  hostileStories(lab);
  parkedStories(lab);
  outageStories(lab);
  ledgerStory(lab);
});

function whatIsMissing(): string | null {
  if (binary === '') return 'FREESWITCH_BIN names no freeswitch binary';
  if (!existsSync(binary)) return `FREESWITCH_BIN: there is no ${binary}`;
  const isSippHere = spawnSync('sipp', ['-v']).error === undefined;
  return isSippHere ? null : 'SIPp is missing (apt-get install sip-tester)';
}
