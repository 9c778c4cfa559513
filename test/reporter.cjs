// Mocha's reporter for people, and the totals and failures as JSON in the file that MOCHA_REPORT names.
"use strict";
const { writeFileSync } = require("node:fs");
const Mocha = require("mocha");

module.exports = class {
    constructor(runner, options) {
        const { Dot, Spec } = Mocha.reporters;
        this.shown = new (options.reporterOptions?.style === "spec" ? Spec : Dot)(runner, options);
        const file = process.env.MOCHA_REPORT;
        const failures = [];
        runner.on("fail", (test, { message }) => failures.push(`${test.fullTitle()}: ${String(message).split("\n")[0]}`));
        if (file) runner.once("end", () => writeFileSync(file, JSON.stringify({ stats: runner.stats, failures })));
    }
};
