/** Source: API Gateway Developer Guide, "Set up VPC links V2 in API Gateway"; as of 25 November 2026. */

/** Regions where VPC links V2 exist in some zones only. */
export const VPC_LINK_ZONES: Record<string, string[]> = {
    "ca-central-1": ["cac1-az1", "cac1-az2"],
    "eu-west-3": ["euw3-az1", "euw3-az3"],
    "ap-east-1": ["ape1-az2", "ape1-az3"],
};

/** Zones without VPC links V2 in regions that otherwise have them. */
export const ZONES_WITHOUT_VPC_LINK = ["use1-az3"];

/** Regions without VPC links V2. */
export const REGIONS_WITHOUT_VPC_LINK =
    "ap-northeast-3 eu-south-1 eu-central-2 af-south-1 il-central-1 ca-west-1 me-central-1 mx-central-1 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-7".split(
        " ",
    );
