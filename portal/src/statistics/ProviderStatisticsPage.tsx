import { Stack } from "@mantine/core";
import { $api } from "../api/client";
import { useTenant, useWorkspace } from "../app/SignedIn";
import { Loaded } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { SaleFiguresTable } from "./SaleFiguresTable";
import { VisitsBySale } from "./VisitsBySale";

const liveRefreshMs = 5_000;

export function ProviderStatisticsPage() {
  const tenant = useTenant();
  const { base } = useWorkspace();
  const statistics = $api.useQuery(
    "get",
    "/providers/{tenant}/statistics",
    { params: { path: { tenant: tenant.id } } },
    { refetchInterval: ({ state }) => ((state.data?.live_sales ?? 0) > 0 ? liveRefreshMs : false) },
  );
  return (
    <>
      <PageHeader
        title="Statistics"
        lead="Visits and sales at a glance. Open a sale for details."
      />
      <Loaded query={statistics}>
        {({ sales }) => (
          <Stack gap="lg">
            {sales.length > 0 && (
              <Panel title="Visits by sale">
                <VisitsBySale sales={sales} />
              </Panel>
            )}
            <SaleFiguresTable
              sales={sales}
              linkTo={(sale) => `${base}/sales/${sale.sale_id}/statistics`}
            />
          </Stack>
        )}
      </Loaded>
    </>
  );
}
