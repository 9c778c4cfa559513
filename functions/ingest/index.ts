/** Entry point of the Lambda function `ingest`; everything is made once, when the function starts cold. */
import { handlerFor } from "./factory";

export const handler = handlerFor(process.env);
