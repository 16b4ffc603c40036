// After a scenario file that failed: the end of the logs that matter, and where the rest is.
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { basename, join } = require('node:path');

const shownLines = 15;
/** The control plane's are there as well, but it is seldom their fault. */
const shownLogs = /^(provisioner|sshd|kubelet|containerd|machine|kernel)/;

module.exports = class FailureLogs {
  #scenarios;

  constructor({ rootDir }) {
    this.#scenarios = join(rootDir, '.run/scenarios');
  }

  onTestResult(test, { numFailingTests, testExecError }) {
    if (numFailingTests === 0 && testExecError === undefined) return;
    const folder = join(this.#scenarios, basename(test.path), 'logs');
    if (!existsSync(folder)) return;
    for (const name of readdirSync(folder).filter((each) => shownLogs.test(each))) {
      const lines = readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');
      const end = lines.slice(-shownLines).map((line) => `  ${line.slice(0, 500)}\n`);
      process.stderr.write(`\nthe end of ${name}:\n${end.join('')}`);
    }
    process.stderr.write(`\nall of it is in ${folder}\n`);
  }
};
