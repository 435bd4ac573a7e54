import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { calls, holds, ledgerTransactions, legs } from '../../db/schema/index.js';
import { checkLedger } from '../../db/views/ledger-check.js';
import { EngineHttp } from '../../scripts/simulator/engine-http.js';
import { EventSocketServer } from '../../scripts/simulator/event-socket-server.js';
import { OWN_RECORDINGS, readScenarios } from '../../scripts/simulator/recording.js';
import type { Scenario } from '../../scripts/simulator/recording.js';
import { ReplayChannels, replayScenario } from '../../scripts/simulator/replay.js';
import type { ReplayResult } from '../../scripts/simulator/replay.js';
import { openTempDatabase } from '../support/temp-database.js';
import type { TempDatabase } from '../support/temp-database.js';
import { freePort, seedDemo, startNode } from '../support/test-engine.js';
import type { DemoAccess, TestNode } from '../support/test-engine.js';

/** What a scenario's decisions and legs have become, in words that can be compared. */
interface Outcome {
  readonly calls: readonly string[];
  readonly legs: readonly string[];
}

/*
 * Worked by hand from the demo tenant's sheets and the recorded microseconds. British mobiles are
 * billed 30/6: 5.342099 s is 30 s, 0.0300 × 30/60 for the customer and 0.0190 × 30/60 at carrier B.
 * Paris: 5.339758 s is 6 s at 0.0120, and 6/6 at 0.0060. Italy: 60/60, 0.0200 and a fee of 0.0100.
 */
const EXPECTED: Readonly<Record<string, Outcome>> = {
  '00-startup': { calls: [], legs: [] },
  '01-register': { calls: [], legs: [] },
  '02-register-wrong-password': { calls: [], legs: [] },
  '03-internal-call-answered': {
    calls: ['internal 1002: settled NORMAL_CLEARING'],
    legs: ['caller NORMAL_CLEARING free', 'extension NORMAL_CLEARING free'],
  },
  '04-outbound-failover-503-then-answered': {
    calls: ['outbound 447700900123: settled NORMAL_CLEARING'],
    legs: [
      'caller NORMAL_CLEARING free',
      'carrierA NORMAL_TEMPORARY_FAILURE free',
      'carrierB NORMAL_CLEARING 30 s 0.015000/0.009500',
    ],
  },
  '05-outbound-answered': {
    calls: ['outbound 33142278186: settled NORMAL_CLEARING'],
    legs: ['caller NORMAL_CLEARING free', 'carrierB NORMAL_CLEARING 6 s 0.001200/0.000600'],
  },
  '06-outbound-cut-by-sched-hangup': {
    calls: ['outbound 39061234: settled NORMAL_CLEARING'],
    legs: ['caller ALLOTTED_TIMEOUT free', 'carrierB NORMAL_CLEARING 60 s 0.030000/0.011000'],
  },
  '07-outbound-rejected-403': {
    calls: ['outbound 4930123: refused destination_blocked'],
    legs: ['caller CALL_REJECTED free'],
  },
  '08-outbound-no-answer': {
    calls: ['outbound 34911234: released NORMAL_CLEARING'],
    legs: ['caller NORMAL_CLEARING free', 'carrierC NO_ANSWER free'],
  },
  '09-dialplan-not-found': {
    calls: ['outbound 5555555: refused no_rate'],
    legs: ['caller NO_ROUTE_DESTINATION free'],
  },
  '10-inbound-did-to-extension': {
    calls: ['inbound 972365987456: settled NORMAL_CLEARING'],
    legs: ['caller NORMAL_CLEARING free', 'extension NORMAL_CLEARING free'],
  },
  '11-inbound-did-ivr-dtmf-5': {
    calls: [
      'inbound 972365987457: settled NORMAL_CLEARING',
      'service 9196: settled NORMAL_CLEARING',
    ],
    legs: ['caller NORMAL_CLEARING free'],
  },
  '12-voicemail-leave': {
    calls: ['outbound *99: refused number_unknown'],
    legs: ['caller NORMAL_CLEARING free'],
  },
  '13-callcenter-no-agents': {
    calls: ['outbound 600: refused no_rate'],
    legs: ['caller NORMAL_CLEARING free'],
  },
  '14-internal-then-transferred-to-pstn': {
    calls: [
      'internal 1002: settled NORMAL_CLEARING',
      'outbound 33142278199: settled NORMAL_CLEARING',
    ],
    legs: [
      'caller NORMAL_CLEARING free',
      'extension NORMAL_CLEARING free',
      'carrierB NORMAL_CLEARING 5 s 0.001000/0.000600',
    ],
  },
  '15-blind-killed-by-operator': {
    calls: ['outbound 33142278111: settled NORMAL_CLEARING'],
    legs: ['caller MANAGER_REQUEST free', 'carrierB NORMAL_CLEARING 4 s 0.000800/0.000600'],
  },
  '16-both-carriers-fail-busy': {
    calls: ['outbound 447700900999: released NORMAL_CLEARING'],
    legs: [
      'caller NORMAL_CLEARING free',
      'carrierA NORMAL_TEMPORARY_FAILURE free',
      'carrierB USER_BUSY free',
    ],
  },
};

describe('Recorded FreeSWITCH traffic', function () {
  this.timeout(60_000);
  const channels = new ReplayChannels();
  let temp: TempDatabase;
  let access: DemoAccess;
  let node: TestNode;
  let server: EventSocketServer;
  let http: EngineHttp;

  before(async () => {
    temp = await openTempDatabase();
    access = await seedDemo(temp, await freePort());
    server = new EventSocketServer({
      password: access.eslPassword,
      coreUuid: () => channels.coreUuid,
      api: (command, argument) => channels.api(command, argument),
    });
    await server.listen(access.eslPort);
    node = await startNode(temp);
    http = new EngineHttp({
      url: node.url,
      user: access.freeswitchUser,
      password: access.freeswitchPassword,
    });
    expect(await server.waitForSubscriber(5000)).to.equal(true);
  });

  after(async () => {
    http.close();
    await node.engine.stop();
    await server.close();
    await temp.close();
  });

  function play(scenario: Scenario, asRecorded = false): Promise<ReplayResult> {
    return replayScenario(scenario, {
      engine: http,
      server,
      channels,
      speed: 'max',
      asRecorded,
      seed: 'recorded traffic',
      onStep: () => undefined,
    });
  }

  /** Waits until every leg the recording ended is settled here, whichever report came first. */
  async function outcomeOf(callers: readonly string[], expected: Outcome): Promise<Outcome> {
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await readOutcome(callers);
      const isComplete =
        outcome.legs.length >= expected.legs.length && outcome.calls.every((call) => !isOpen(call));
      if (isComplete || attempt > 50) return outcome;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async function readOutcome(callers: readonly string[]): Promise<Outcome> {
    const db = temp.database.orm;
    if (callers.length === 0) return { calls: [], legs: [] };
    const decided = await db
      .select()
      .from(calls)
      .where(inArray(calls.aLegUuid, [...callers]))
      .orderBy(asc(calls.createdUs));
    const ids = decided.map((call) => call.id);
    const ended =
      ids.length === 0
        ? []
        : await db
            .select()
            .from(legs)
            .where(and(inArray(legs.callId, ids), eq(legs.state, 'settled')))
            .orderBy(asc(legs.startUs), asc(legs.kind));
    return { calls: decided.map(callText), legs: ended.map(legText) };
  }

  for (const scenario of readScenarios(OWN_RECORDINGS)) {
    it(`ends ${scenario.name} in the right CDRs and charges`, async () => {
      const expected = EXPECTED[scenario.name];
      if (expected === undefined) throw new Error(`${scenario.name}: nothing is expected of it`);
      const result = await play(scenario);
      expect(result.failures).to.deep.equal([]);
      expect(await outcomeOf(result.callers, expected)).to.deep.equal(expected);
    });
  }

  it('gives the hash with which FreeSWITCH itself tells a right password from a wrong one', async () => {
    const reply = await http.lookup(
      'section=directory&action=sip_auth&user=1001&domain=acme.example',
    );
    expect(reply.text).to.contain('name="a1-hash" value="e322e9ca0f09ef59ec14d3782f89d205"');
  });

  it('leaves no hold behind and books that verify', async () => {
    const held = await temp.database.orm.select().from(holds).where(eq(holds.state, 'held'));
    expect(held).to.deep.equal([]);
    const report = await checkLedger(temp.database);
    expect(report.verified, JSON.stringify(report)).to.equal(true);
  });

  it('charges nothing twice when all of it is played again as it was', async () => {
    for (const scenario of readScenarios(OWN_RECORDINGS)) await play(scenario, true);
    const count = async () => {
      const [row] = await temp.database.orm
        .select({ postings: sql<number>`count(*)` })
        .from(ledgerTransactions);
      return row?.postings;
    };
    await settled();
    const first = await count();
    for (const scenario of readScenarios(OWN_RECORDINGS)) await play(scenario, true);
    await settled();
    expect(await count()).to.equal(first);
  });

  async function settled(): Promise<void> {
    // Events arrive on another connection than the records: give the last of them time to come.
    await new Promise((resolve) => setTimeout(resolve, 500));
    await node.engine.parts.supervisor.drain();
    await node.engine.parts.settler.drain();
  }
});

function isOpen(call: string): boolean {
  return / (authorized|answered) /.test(`${call} `);
}

function callText(call: typeof calls.$inferSelect): string {
  return `${call.direction} ${call.destination}: ${call.state} ${call.reason ?? ''}`;
}

function legText(leg: typeof legs.$inferSelect): string {
  const isFree = leg.price === '0.000000' && leg.cost === '0.000000';
  const money = isFree ? 'free' : `${String(leg.billedS)} s ${leg.price}/${leg.cost}`;
  return `${leg.gatewayName ?? leg.kind} ${leg.hangupCause ?? ''} ${money}`;
}
