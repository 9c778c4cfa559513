/**
 * Key and suffix of the logical names of a resource that exists in the stack's own region and in the recovery region.
 *
 * @param region the recovery region; undefined for the stack's own
 */
export const placeOf = (region: string | undefined) =>
    region === undefined ? { key: "primary", suffix: "" } : { key: "recovery", suffix: "-recovery" };
