import { expect } from 'chai';
import { describe, it } from 'mocha';
import { reportLines } from '../../scripts/chaos/report.js';
import { ChaosRun } from '../../scripts/chaos/run.js';

describe('a short chaos run', () => {
  it('charges every leg once and exactly while nodes, database, sockets and switches die', async function () {
    // It starts a MariaDB of its own, which it may kill: the one the other tests share will not do.
    this.timeout(240_000);
    const run = new ChaosRun({
      seed: 5,
      seconds: 12,
      callsPerSecond: 6,
      injectEveryMs: 1_300,
      longestTalkMs: 5_000,
      lastCallsMs: 2_000,
      keep: false,
      say: () => undefined,
    });
    const report = await run.run();
    expect(report.billable).to.be.above(10);
    expect(report.injected.split(', ').length).to.be.above(3);
    expect(report.problems, reportLines(report).join('\n')).to.deep.equal([]);
  });
});
