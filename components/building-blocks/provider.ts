import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/** The region of a component's provider, such as `us-east-1`. */
export const regionOf = (parent: pulumi.Resource): pulumi.Output<string> =>
    once(regions, parent, () => aws.getRegionOutput({}, { parent }).region);

/** The account ID of a component's provider. */
export const accountOf = (parent: pulumi.Resource): pulumi.Output<string> =>
    once(accounts, parent, () => aws.getCallerIdentityOutput({}, { parent }).accountId);

type Answers = WeakMap<pulumi.Resource, pulumi.Output<string>>;
const regions: Answers = new WeakMap();
const accounts: Answers = new WeakMap();

/** Makes one call per provider instead of hundreds. A resource without an explicit provider makes its own call. */
function once(answers: Answers, parent: pulumi.Resource, ask: () => pulumi.Output<string>): pulumi.Output<string> {
    const provider = parent.getProvider("aws:index/region:Region") ?? parent;
    const answer = answers.get(provider) ?? ask();
    answers.set(provider, answer);
    return answer;
}
