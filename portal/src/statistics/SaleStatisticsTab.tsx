import { Button, Group, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { $api, apiRoot } from "../api/client";
import type { SaleStatistics } from "../api/types";
import { Figures, type Figure } from "../components/Figures";
import { Loaded, LoadingRows } from "../components/ListStates";
import { Panel } from "../components/Panel";
import { DataTable } from "../components/DataTable";
import { StockBar } from "../components/StockBar";
import { formatMonies } from "../format/money";
import { formatCount } from "../format/numbers";
import { plural } from "../format/text";
import { formatDuration } from "../format/time";
import { useSale } from "../sales/SalePage";
import { Funnel, SharesByChannel, VisitsByAccessPoint } from "./BarList";
import { formatConversionRate, formatRevenue, revenueFigures } from "./figures";
import styles from "./statistics.module.css";

const VisitsChart = lazy(async () => ({ default: (await import("./VisitsChart")).VisitsChart }));

const liveRefreshMs = 5_000;

export function SaleStatisticsTab() {
  const { sale } = useSale();
  const running = sale.phase === "live" || sale.phase === "sold_out";
  const statistics = $api.useQuery(
    "get",
    "/providers/{tenant}/sales/{sale}/statistics",
    { params: { path: { tenant: sale.tenant.id, sale: sale.id } } },
    { refetchInterval: running ? liveRefreshMs : false },
  );
  return (
    <Loaded query={statistics}>
      {(data) => (
        <Stack gap="lg">
          <Group justify="space-between">
            <Text size="sm" c="dimmed">
              {running
                ? "The sale is live. These figures refresh every 5 seconds."
                : "All visits since the sale was announced."}
            </Text>
            <Button
              component="a"
              href={`${apiRoot}/providers/${sale.tenant.id}/sales/${sale.id}/statistics.csv`}
              download
              variant="default"
              size="xs"
              leftSection={<IconDownload size={15} aria-hidden />}
            >
              Download CSV
            </Button>
          </Group>
          <Panel title="Summary">
            <Figures figures={headline(data)} />
          </Panel>
          <Panel title="From visit to purchase">
            <Text size="sm" c="dimmed" mb="sm">
              Visitors who got to each step.
            </Text>
            <Funnel steps={data.funnel} />
          </Panel>
          <Panel title="Over time">
            <Suspense fallback={<LoadingRows rows={4} />}>
              <VisitsChart statistics={data} />
            </Suspense>
          </Panel>
          <div className={styles.columns}>
            <Panel title="Visits by access point">
              <VisitsByAccessPoint points={data.by_access_point} />
            </Panel>
            <Panel title="Shares by channel">
              <SharesByChannel shares={data.totals.shares_by_channel} />
            </Panel>
            {data.sale.mode === "hosted" && (
              <Panel title="Stock">
                <Stack gap="md">
                  {data.stock.map((item) => (
                    <StockBar key={item.item_name} name={item.item_name} {...item} />
                  ))}
                </Stack>
              </Panel>
            )}
          </div>
          <Panel title="Access points">
            <AccessPointTable points={data.by_access_point} />
          </Panel>
          <Panel title="All events">
            <Figures figures={eventCounts(data)} />
          </Panel>
        </Stack>
      )}
    </Loaded>
  );
}

function headline({ totals, sale }: SaleStatistics): Figure[] {
  const hosted = sale.mode === "hosted";
  return [
    {
      label: "Visits",
      value: formatCount(totals.visits),
      note: plural(totals.visitors, "visitor"),
    },
    {
      label: "Time on page",
      value: formatDuration(totals.average_seconds_on_page),
      note: "average",
    },
    { label: "Favourites", value: formatCount(totals.favourites) },
    { label: "Shares", value: formatCount(totals.shares) },
    ...(totals.registered > 0
      ? [{ label: "Registered", value: formatCount(totals.registered) }]
      : []),
    {
      label: "Purchases",
      value: formatCount(totals.purchases),
      note: `${formatConversionRate(totals.conversion_rate_percent)} of visitors bought`,
    },
    { label: "Units sold", value: formatCount(totals.units) },
    ...revenueFigures(totals.revenue, { hosted, reported: !hosted }),
  ];
}

function eventCounts({ totals, sale }: SaleStatistics): Figure[] {
  const count = (label: string, value: number): Figure => ({ label, value: formatCount(value) });
  if (sale.mode === "redirect") {
    return [
      count("Click-outs", totals.click_outs),
      count("Conversions reported", totals.conversions),
      {
        label: "Reversals",
        value: formatCount(totals.reversals),
        note: formatMonies(totals.given_back),
      },
    ];
  }
  return [
    count("Holds", totals.holds),
    count("Checkouts", totals.checkouts),
    count("Addresses entered", totals.addresses),
    count("Payment attempts", totals.payments),
    count("Orders paid", totals.orders_paid),
    {
      label: "Refunds",
      value: formatCount(totals.refunds),
      note: formatMonies(totals.given_back),
    },
  ];
}

function AccessPointTable({ points }: { points: SaleStatistics["by_access_point"] }) {
  if (points.length === 0)
    return (
      <Text size="sm" c="dimmed">
        No visits yet.
      </Text>
    );
  return (
    <DataTable
      label="Access points"
      rows={points}
      rowKey={(point) => point.access_point_id ?? point.name}
      columns={[
        { header: "Access point", cell: (point) => point.name },
        { header: "Visits", cell: (point) => formatCount(point.visits), kind: "number" },
        { header: "Purchases", cell: (point) => formatCount(point.purchases), kind: "number" },
        {
          header: "Conversion rate",
          cell: (point) => formatConversionRate(point.conversion_rate_percent),
          kind: "number",
        },
        { header: "Units", cell: (point) => formatCount(point.units), kind: "number" },
        { header: "Revenue", cell: (point) => formatRevenue(point.revenue), kind: "number" },
      ]}
    />
  );
}
