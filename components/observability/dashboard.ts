import type * as pulumi from "@pulumi/pulumi";
import { type AlarmedSignal, periodOf, rateExpression, type Tier } from "./alarms";

/** The alarms of one region, as the dashboard's first row shows them. */
export interface AlarmRow {
    title: string;
    arns: pulumi.Input<string>[];
}

export interface DashboardArgs {
    environment: string;
    /** Region of the metrics whose signal names none. */
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
    for (const tier of args.tiers.filter(({ signals }) => signals.length > 0)) {
        addRow([text(`## ${tier.title}`, 1)]);
        const graphs = tier.signals.map((signal) => ({ type: "metric" as const, ...GRAPH, properties: graph(signal, args.region) }));
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

function graph(signal: AlarmedSignal, region: string): Record<string, unknown> {
    const side = signal.comparison === "above" ? "above" : "below";
    return {
        title: signal.muted ? `${signal.name} (muted)` : signal.name,
        view: "timeSeries",
        stacked: false,
        region: signal.region ?? region,
        stat: signal.statistic,
        period: periodOf(signal),
        metrics: metricsOf(signal),
        yAxis: { left: { min: 0 } },
        annotations: {
            horizontal: [
                {
                    label: `${signal.severity} ${side} ${signal.threshold}`,
                    value: signal.threshold,
                    color: COLORS[signal.severity],
                    fill: side,
                },
            ],
        },
    };
}

function metricsOf(signal: AlarmedSignal): unknown[][] {
    const metric = (name: string, options: Record<string, unknown>) => [
        signal.namespace,
        name,
        ...Object.entries(signal.dimensions).flat(),
        options,
    ];
    if (signal.percentOf === undefined) return [metric(signal.metricName, { label: `${signal.metricName} (${signal.statistic})` })];
    return [
        [{ id: "rate", expression: rateExpression(signal), label: `${signal.metricName} of ${signal.percentOf}, %` }],
        metric(signal.metricName, { id: "part", visible: false }),
        metric(signal.percentOf, { id: "whole", visible: false }),
    ];
}

function inRows<T>(items: T[], length: number): T[][] {
    return Array.from({ length: Math.ceil(items.length / length) }, (_, i) => items.slice(i * length, (i + 1) * length));
}
