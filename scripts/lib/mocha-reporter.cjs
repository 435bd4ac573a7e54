// The spec report for people, and the counts for scripts/test in the file COUNTS_FILE names. Mocha
// loads reporters by require, hence CommonJS.
const { writeFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

const { EVENT_RUN_END } = Runner.constants;

module.exports = class CountingSpec extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      const file = process.env.COUNTS_FILE;
      if (file) writeFileSync(file, `${passes} ${failures} ${pending}\n`);
    });
  }
};
