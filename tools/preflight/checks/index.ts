import type { Check } from "../types";
import { bedrock } from "./bedrock";
import { boundary } from "./boundary";
import { counterpart } from "./counterpart";
import { dns } from "./dns";
import { engines } from "./engines";
import { identity } from "./identity";
import { image } from "./image";
import { names } from "./names";
import { quotas } from "./quotas";
import { serviceLinkedRoles } from "./service-linked-roles";
import { singletons } from "./singletons";
import { zones } from "./zones";

export const CHECKS: Check[] = [
    identity,
    boundary,
    serviceLinkedRoles,
    quotas,
    names,
    singletons,
    zones,
    engines,
    bedrock,
    image,
    dns,
    counterpart,
];
