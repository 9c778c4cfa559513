/** Rules for `services.<name>.domain`: what it requires, and which names it can't have. */
import { isApiName } from "../names";
import { domainsOf } from "../service-domains";
import type { Problem } from "./rules";
import type { PlatformConfig } from "./schema";

export const serviceDomainProblems = (values: PlatformConfig): Problem[] =>
    domainsOf(values).flatMap(([service, { name }, path], i, all): Problem[] => {
        const key = `services.${service}.domain`;
        const earlier = all.slice(0, i).find(([, other]) => other.name === name);
        return [
            ...requirements(values).map((problem): Problem => [key, problem]),
            ...pathProblems(key, path),
            ...nameProblems(`${key}.name`, name, values),
            ...(earlier ? [[`${key}.name`, `${name} is also the name of services.${earlier[0]}`] as Problem] : []),
        ];
    });

/** Without an edge, there is no API, and no domain. */
function requirements({ domain, api, edge }: PlatformConfig): string[] {
    if (!edge.enabled) return ["edge is off (edge.enabled: false): the domain has a CloudFront distribution"];
    if (!api.enabled) return ["api is off (api.enabled: false): CloudFront reaches services through the API only"];
    return domain ? [] : ["requires domain: the distribution uses the names of the API, and domain.zoneId"];
}

function pathProblems(key: string, path: string | undefined): Problem[] {
    if (path === undefined) return [[key, "requires a path: a worker gets no requests"]];
    return path.endsWith("/*") ? [] : [[key, `requires a path that ends with /*: ${path} is a single path`]];
}

function nameProblems(key: string, name: string, { domain }: PlatformConfig): Problem[] {
    if (!domain) return [];
    if (name === domain.name) return [[key, `${name} is domain.name, which serves the site`]];
    if (name in domain.additionalNames) return [[key, `${name} is in domain.additionalNames, which serve the site`]];
    return isApiName(domain.name, name) ? [[key, `${name} must not be a name of the API`]] : [];
}
