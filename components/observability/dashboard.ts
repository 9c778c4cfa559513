import type * as pulumi from "@pulumi/pulumi";
import { type ResolvedAlarm, periodOf, rateExpression, type Tier } from "./alarms";

/** The alarms of one region, as the dashboard's first row shows them. */
export interface AlarmRow {
    title: string;
    arns: pulumi.Input<string>[];
}

export interface DashboardArgs {
    environment: string;
    /** Region of the metrics whose definition names none. */
    region: string;
    alarms: AlarmRow[];
    tiers: Tier[];
}

/** A dashboard's body as CloudWatch reads it; dimensions and ARNs may be outputs. */
export interface DashboardBody {
    start: string;
    periodOverride: "inherit";
    widgets: Widget[];
}

export interface Widget {
    type: "text" | "alarm" | "metric";
    x: number;
    y: number;
    width: number;
    height: number;
    properties: Record<string, unknown>;
}

const COLUMNS = 24;
const GRAPH = { width: 6, height: 6 };
/** ARNs that one alarm widget takes. */
const ALARMS_PER_WIDGET = 100;
const COLORS = { page: "#d13212", ticket: "#ff9900" };

/**
 * The dashboard of an environment: what is wrong now at the top, then a row of graphs per tier, each with its alarm's threshold, in the
 * order of the components. It needs no scrolling sideways and no knowledge of names.
 */
export function dashboardBody(args: DashboardArgs): DashboardBody {
    const widgets: Widget[] = [];
    let y = 0;
    const addRow = (row: Omit<Widget, "x" | "y">[]) => {
        let x = 0;
        for (const widget of row) {
            widgets.push({ ...widget, x, y });
            x += widget.width;
        }
        y += Math.max(0, ...row.map(({ height }) => height));
    };
    addRow([
        text(
            `# ${args.environment}\nRed lines page, orange lines can wait for the morning. An alarm's description says what to do first.`,
            2,
        ),
    ]);
    for (const row of inRows(args.alarms.flatMap(alarmWidgets), 2)) addRow(row);
    for (const tier of args.tiers.filter(({ definitions }) => definitions.length > 0)) {
        addRow([text(`## ${tier.title}`, 1)]);
        const graphs = tier.definitions.map((definition) => ({
            type: "metric" as const,
            ...GRAPH,
            properties: graph(definition, args.region),
        }));
        for (const row of inRows(graphs, COLUMNS / GRAPH.width)) addRow(row);
    }
    return { start: "-PT3H", periodOverride: "inherit", widgets };
}

function text(markdown: string, height: number): Omit<Widget, "x" | "y"> {
    return { type: "text", width: COLUMNS, height, properties: { markdown, background: "transparent" } };
}

/** One widget for up to a hundred alarms: those that changed last come first. */
function alarmWidgets({ title, arns }: AlarmRow): Omit<Widget, "x" | "y">[] {
    return inRows(arns, ALARMS_PER_WIDGET).map((alarms) => ({
        type: "alarm",
        width: COLUMNS / 2,
        height: 6,
        properties: { title, alarms, sortBy: "stateUpdatedTimestamp" },
    }));
}

function graph(definition: ResolvedAlarm, region: string): Record<string, unknown> {
    const side = definition.comparison === "above" ? "above" : "below";
    return {
        title: definition.muted ? `${definition.name} (muted)` : definition.name,
        view: "timeSeries",
        stacked: false,
        region: definition.region ?? region,
        stat: definition.statistic,
        period: periodOf(definition),
        metrics: metricsOf(definition),
        yAxis: { left: { min: 0 } },
        annotations: {
            horizontal: [
                {
                    label: `${definition.severity} ${side} ${definition.threshold}`,
                    value: definition.threshold,
                    color: COLORS[definition.severity],
                    fill: side,
                },
            ],
        },
    };
}

function metricsOf(definition: ResolvedAlarm): unknown[][] {
    const metric = (name: string, options: Record<string, unknown>) => [
        definition.namespace,
        name,
        ...Object.entries(definition.dimensions).flat(),
        options,
    ];
    if (definition.rateOf === undefined)
        return [metric(definition.metricName, { label: `${definition.metricName} (${definition.statistic})` })];
    return [
        [{ id: "rate", expression: rateExpression(definition), label: `${definition.metricName} of ${definition.rateOf}, %` }],
        metric(definition.metricName, { id: "part", visible: false }),
        metric(definition.rateOf, { id: "whole", visible: false }),
    ];
}

function inRows<T>(items: T[], length: number): T[][] {
    return Array.from({ length: Math.ceil(items.length / length) }, (_, i) => items.slice(i * length, (i + 1) * length));
}
