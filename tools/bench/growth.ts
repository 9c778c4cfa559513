import { FargateService } from "../../components";
import { record } from "../../components/testing";

const key = (id: number) => `arn:aws:kms:us-east-1:123456789012:key/mrk-${id}`;

/** Milliseconds that a program with so many services takes, on the mock monitor. */
export async function recordServices(count: number): Promise<number> {
    const started = process.hrtime.bigint();
    await record(() => {
        for (let i = 1; i <= count; i++) {
            new FargateService(`api-${i}`, {
                vpcId: "vpc-1",
                subnetIds: ["subnet-1", "subnet-2"],
                kmsKeyArn: key(1),
                logKeyArn: key(2),
                image: "mcr.microsoft.com/dotnet/samples:aspnetapp",
            });
        }
    });
    return Number(process.hrtime.bigint() - started) / 1e6;
}
