/** The parts of the configuration module that tests use. If the module moves, only these paths change. */
export { parseConfig } from "../../stacks/config";
export { requiredEndpoints } from "../../stacks/config/egress";
export { jsonSchemaOf, type JsonSchema, schemaAt } from "../../stacks/config/explain";
export { stackFileSchema } from "../../stacks/config/json-schema";
export { misspelledNamespaces, valuesBelow } from "../../stacks/config/namespace";
export { PROVIDER_SETTINGS } from "../../stacks/config/schema";
export { RENAMED } from "../../stacks/config/renamed";
export { PROJECT } from "../../stacks/names";
export { SECRETS } from "../../stacks/uses";
