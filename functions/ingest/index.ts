/** Entry point of the Lambda function `ingest`. Clients and settings are created once per cold start. */
import { handlerFor } from "./factory";

export const handler = handlerFor(process.env);
