// Pulumi's runner of policy packs compiles TypeScript itself, and checks all types on every run; tsx, registered after it, goes first.
require("tsx/cjs/api").register();
require("./pack");
