import { Anchor, Group, Stack } from "@mantine/core";
import { Link } from "react-router";
import { $api } from "../api/client";
import { canOpen } from "../app/navigation";
import { useWorkspace } from "../app/SignedIn";
import { staffBase } from "../app/workspace";
import { Figures } from "../components/Figures";
import { Loaded } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { formatCount } from "../format/numbers";
import { SaleTable } from "../sales/SaleTable";
import { revenueFigures } from "../statistics/figures";
import { SaleFiguresTable } from "../statistics/SaleFiguresTable";
import { StaffWork } from "./StaffWork";

const maxSales = 6;

export function StaffOverviewPage() {
  const workspace = useWorkspace();
  const summary = $api.useQuery(
    "get",
    "/statistics/summary",
    { params: { query: { days: 30 } } },
    { refetchInterval: 10_000 },
  );
  const live = $api.useQuery(
    "get",
    "/sales-overview",
    { params: { query: { phase: "live", limit: maxSales } } },
    { refetchInterval: 10_000 },
  );
  const halted = $api.useQuery(
    "get",
    "/sales-overview",
    { params: { query: { state: "halted", limit: maxSales } } },
    { refetchInterval: 10_000 },
  );
  return (
    <>
      <PageHeader title="Overview" lead="Your work, live sales and the last 30 days." />
      <Stack gap="xl">
        <StaffWork />
        <Loaded query={summary}>
          {(data) => (
            <Panel title="At a glance">
              <Figures
                figures={[
                  { label: "Live sales", value: formatCount(data.live_sales) },
                  {
                    label: "Open reviews",
                    value: canOpen(workspace, "reviews") ? (
                      <Anchor inherit component={Link} to={`${staffBase}/reviews`}>
                        {formatCount(data.open_reviews)}
                      </Anchor>
                    ) : (
                      formatCount(data.open_reviews)
                    ),
                  },
                  { label: "Orders to ship", value: formatCount(data.orders_to_ship) },
                  { label: "Visits", value: formatCount(data.visits), note: "30 days" },
                  { label: "Purchases", value: formatCount(data.purchases), note: "30 days" },
                  ...revenueFigures(data.revenue, { hosted: true, reported: false }).map(
                    (figure) => ({ ...figure, note: "30 days" }),
                  ),
                ]}
              />
            </Panel>
          )}
        </Loaded>
        {halted.data && halted.data.items.length > 0 && (
          <Panel
            title="Halted"
            aside={
              <Anchor
                component={Link}
                to={`${staffBase}/sales?state=halted`}
                size="sm"
                underline="always"
              >
                All halted sales
              </Anchor>
            }
          >
            <SaleTable
              sales={halted.data.items}
              withProvider
              linkTo={(sale) => `${staffBase}/sales/${sale.tenant.id}/${sale.id}`}
            />
          </Panel>
        )}
        {live.data && live.data.items.length > 0 && (
          <Panel
            title="Live now"
            aside={
              <Anchor
                component={Link}
                to={`${staffBase}/sales?phase=live`}
                size="sm"
                underline="always"
              >
                All live sales
              </Anchor>
            }
          >
            <SaleTable
              sales={live.data.items}
              withProvider
              linkTo={(sale) => `${staffBase}/sales/${sale.tenant.id}/${sale.id}`}
            />
          </Panel>
        )}
        {summary.data && summary.data.sales.length > 0 && (
          <Panel
            title="Sales figures"
            aside={
              <Group>
                <Anchor
                  component={Link}
                  to={`${staffBase}/statistics`}
                  size="sm"
                  underline="always"
                >
                  All statistics
                </Anchor>
              </Group>
            }
          >
            <SaleFiguresTable
              sales={summary.data.sales.slice(0, maxSales)}
              withProvider
              linkTo={(sale) => `${staffBase}/sales/${sale.tenant_id}/${sale.sale_id}/statistics`}
            />
          </Panel>
        )}
      </Stack>
    </>
  );
}
