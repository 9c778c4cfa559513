// Pulumi would compile TypeScript with a type check on every run. tsx is registered later and therefore takes precedence.
require("tsx/cjs/api").register();
require("./pack");
