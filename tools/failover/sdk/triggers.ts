/** What starts work: schedules, rules, event source mappings, and the API. */
import { GetStageCommand, UpdateStageCommand } from "@aws-sdk/client-api-gateway";
import { DescribeRuleCommand, DisableRuleCommand, EnableRuleCommand } from "@aws-sdk/client-eventbridge";
import { GetEventSourceMappingCommand, UpdateEventSourceMappingCommand } from "@aws-sdk/client-lambda";
import { GetScheduleCommand, UpdateScheduleCommand } from "@aws-sdk/client-scheduler";
import type { JobName, Region } from "../ports";
import type { Clients } from "./clients";

type Methods = Pick<
    Region,
    "isJobEnabled" | "setJob" | "consumer" | "setConsumer" | "isRuleEnabled" | "setRule" | "stageVariable" | "setStageVariable"
>;

export function triggers({ apiGateway, events, lambda, scheduler }: Clients): Methods {
    const schedule = ({ group, name }: JobName) => scheduler.send(new GetScheduleCommand({ GroupName: group, Name: name }));
    return {
        isJobEnabled: async (job) => (await schedule(job)).State === "ENABLED",

        async setJob(job, enabled) {
            // An update replaces the whole schedule.
            const { ScheduleExpression, FlexibleTimeWindow, Target, ...found } = await schedule(job);
            const { StartDate, EndDate, Description, ScheduleExpressionTimezone, KmsKeyArn, ActionAfterCompletion } = found;
            await scheduler.send(
                new UpdateScheduleCommand({
                    ...{ GroupName: job.group, Name: job.name, State: enabled ? "ENABLED" : "DISABLED" },
                    ...{ ScheduleExpression, ScheduleExpressionTimezone, FlexibleTimeWindow, Target },
                    ...{ StartDate, EndDate, Description, KmsKeyArn, ActionAfterCompletion },
                }),
            );
        },

        consumer: async (UUID) => (await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State ?? "unknown",

        async setConsumer(UUID, Enabled) {
            await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
        },

        async isRuleEnabled({ name, bus }) {
            const { State } = await events.send(new DescribeRuleCommand({ Name: name, EventBusName: bus }));
            return State !== "DISABLED";
        },

        async setRule({ name, bus }, enabled) {
            const rule = { Name: name, EventBusName: bus };
            await events.send(enabled ? new EnableRuleCommand(rule) : new DisableRuleCommand(rule));
        },

        async stageVariable({ restApiId, stageName, variable }) {
            const { variables = {} } = await apiGateway.send(new GetStageCommand({ restApiId, stageName }));
            return variables[variable];
        },

        async setStageVariable({ restApiId, stageName, variable }, value) {
            const patchOperations = [{ op: "replace" as const, path: `/variables/${variable}`, value }];
            await apiGateway.send(new UpdateStageCommand({ restApiId, stageName, patchOperations }));
        },
    };
}
