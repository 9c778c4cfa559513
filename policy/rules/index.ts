import { actionsExist, conditionsExist, resourcePoliciesAreClosed, resourcesAreNarrow, rolesAreAssumedByServices } from "./identity";
import { keysAreOfTheirRegion } from "./keys";
import { bucketsAreComplete, closedSecurityGroups, everythingEncrypted, nothingPublic, onlyNatInPublicSubnets } from "./protection";
import type { Rule } from "./rule";
import { noPlainSecrets } from "./secrets";
import { everyResourceHasAParent, namesFit, noUnresolvedText, oneProvider } from "./structure";

export type { Rule } from "./rule";
export { ENCRYPTED_TYPES, PUBLIC_TYPES } from "./protection";
export { explicitNames } from "./structure";

/** Rules for every deployment of the platform. */
export const rules: Rule[] = [
    everyResourceHasAParent,
    oneProvider,
    noUnresolvedText,
    namesFit,
    noPlainSecrets,
    actionsExist,
    conditionsExist,
    resourcesAreNarrow,
    rolesAreAssumedByServices,
    resourcePoliciesAreClosed,
    everythingEncrypted,
    keysAreOfTheirRegion,
    bucketsAreComplete,
    nothingPublic,
    onlyNatInPublicSubnets,
    closedSecurityGroups,
];
