// Mocha's reporter for people, and the totals as JSON in the file that MOCHA_REPORT names.
"use strict";
const { writeFileSync } = require("node:fs");
const Mocha = require("mocha");

module.exports = class {
    constructor(runner, options) {
        const { Dot, Spec } = Mocha.reporters;
        this.shown = new (options.reporterOptions?.style === "spec" ? Spec : Dot)(runner, options);
        const file = process.env.MOCHA_REPORT;
        if (file) runner.once("end", () => writeFileSync(file, JSON.stringify({ stats: runner.stats })));
    }
};
