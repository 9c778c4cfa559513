/** Region of the CLOUDFRONT scope of AWS WAF, and of the metrics, log deliveries, and certificates of CloudFront. */
export const CLOUDFRONT_REGION = "us-east-1";
