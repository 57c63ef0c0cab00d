import { Stack } from "@mantine/core";
import { $api } from "../api/client";
import { useTenant, useWorkspace } from "../app/SignedIn";
import { Loaded } from "../elements/ListStates";
import { PageHead } from "../elements/PageHead";
import { Panel } from "../elements/Panel";
import { FiguresTable } from "./FiguresTable";
import { SalesCompared } from "./SalesCompared";

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
      <PageHead
        title="Statistics"
        lead="What your sales drew and sold. Open one for its funnel and its course."
      />
      <Loaded query={statistics}>
        {({ sales }) => (
          <Stack gap="lg">
            {sales.length > 0 && (
              <Panel title="Visits by sale">
                <SalesCompared sales={sales} />
              </Panel>
            )}
            <FiguresTable
              sales={sales}
              linkTo={(sale) => `${base}/sales/${sale.sale_id}/statistics`}
            />
          </Stack>
        )}
      </Loaded>
    </>
  );
}
