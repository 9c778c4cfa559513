export { examplesOf } from "../../tools/changing/values";

export const noExample = (key: string): string =>
    `${key} needs values for the tests. Add them where stacks/ defines the key: .meta({ examples: [...] }), with values that no other key has`;
