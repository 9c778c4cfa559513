import type * as pulumi from "@pulumi/pulumi";
import type { MetricGraph } from "../building-blocks/alarms";
import { type ResolvedAlarm, periodOf, rateExpression, rateOf, type ComponentAlarms } from "./alarms";

/** Status of the alarms of one region. */
export interface AlarmStatus {
    title: string;
    arns: pulumi.Input<string>[];
}

export interface DashboardArgs {
    environment: string;
    /** Region of the metrics of alarms without a `region`. */
    region: string;
    statuses: AlarmStatus[];
    components: ComponentAlarms[];
}

/** Body of a CloudWatch dashboard. Dimensions and ARNs can be outputs. */
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
/** Maximum number of alarms in a widget. */
const ALARMS_PER_WIDGET = 100;
const DAY = 86_400;
const COLORS = { page: "#d13212", ticket: "#ff9900" };

/**
 * Dashboard of an environment: the status of all alarms at the top, then a section for each component in the given order, with a graph for
 * each alarm and its threshold, and the other graphs of the component.
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
            `# ${args.environment}\nRed thresholds page. Orange thresholds are handled during working hours. The description of an alarm explains what to do first.`,
            2,
        ),
    ]);
    for (const row of inRows(args.statuses.flatMap(alarmWidgets), 2)) addRow(row);
    for (const component of args.components.filter(({ alarms }) => alarms.length > 0)) {
        addRow([text(`## ${component.title}`, 1)]);
        const graphs = [
            ...component.alarms.map((alarm) => alarmGraph(alarm, args.region)),
            ...component.graphs.map((graph) => metricGraph(graph, args.region)),
        ].map((properties) => ({ type: "metric" as const, ...GRAPH, properties }));
        for (const row of inRows(graphs, COLUMNS / GRAPH.width)) addRow(row);
    }
    return { start: "-PT3H", periodOverride: "inherit", widgets };
}

function text(markdown: string, height: number): Omit<Widget, "x" | "y"> {
    return { type: "text", width: COLUMNS, height, properties: { markdown, background: "transparent" } };
}

/** One widget for every 100 alarms, most recent state changes first. */
function alarmWidgets({ title, arns }: AlarmStatus): Omit<Widget, "x" | "y">[] {
    return inRows(arns, ALARMS_PER_WIDGET).map((alarms) => ({
        type: "alarm",
        width: COLUMNS / 2,
        height: 6,
        properties: { title, alarms, sortBy: "stateUpdatedTimestamp" },
    }));
}

function alarmGraph(alarm: ResolvedAlarm, region: string): Record<string, unknown> {
    const side = alarm.comparison === "above" ? "above" : "below";
    return {
        title: alarm.muted && !alarm.switched ? `${alarm.name} (muted)` : alarm.name,
        ...graphOf({ region: alarm.region ?? region, stat: alarm.statistic, period: periodOf(alarm), metrics: metricsOf(alarm) }),
        annotations: {
            horizontal: [
                {
                    label: `${alarm.severity} ${side} ${alarm.threshold}`,
                    value: alarm.threshold,
                    color: COLORS[alarm.severity],
                    fill: side,
                },
            ],
        },
    };
}

function metricGraph(graph: MetricGraph, region: string): Record<string, unknown> {
    const { title, namespace, metricName, dimensions, statistic, period = 60 } = graph;
    const label = `${metricName} (${statistic})`;
    return {
        title,
        ...graphOf({
            region,
            stat: statistic,
            period,
            metrics: [[namespace, metricName, ...Object.entries(dimensions).flat(), { label }]],
        }),
    };
}

/** A graph of daily values is about months, unlike the rest of the dashboard. */
const graphOf = (properties: { region: string; stat: string; period: number; metrics: unknown[][] }) => ({
    view: "timeSeries",
    stacked: false,
    ...properties,
    yAxis: { left: { min: 0 } },
    ...(properties.period >= DAY ? { start: "-P3M" } : {}),
});

function metricsOf(alarm: ResolvedAlarm): unknown[][] {
    const metric = (name: string, options: Record<string, unknown>) => [
        alarm.namespace,
        name,
        ...Object.entries(alarm.dimensions).flat(),
        options,
    ];
    const rate = rateOf(alarm);
    if (!rate) return [metric(alarm.metricName, { label: `${alarm.metricName} (${alarm.statistic})` })];
    return [
        [{ id: "rate", expression: rateExpression(alarm), label: rate.label }],
        metric(alarm.metricName, { id: "part", visible: false }),
        metric(rate.metric, { id: rate.id, visible: false }),
    ];
}

function inRows<T>(items: T[], length: number): T[][] {
    return Array.from({ length: Math.ceil(items.length / length) }, (_, i) => items.slice(i * length, (i + 1) * length));
}
