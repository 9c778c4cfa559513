/** Path of the API. API Gateway and CloudFront forward the requests below it to the services. The site has the other paths. */
export const API_PATH = "/api";
