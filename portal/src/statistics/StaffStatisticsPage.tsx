import { Stack } from "@mantine/core";
import { $api } from "../api/client";
import { staffBase } from "../app/workspace";
import { Figures } from "../elements/Facts";
import { ChoiceFilter, FilterBar, useChoice } from "../elements/Filters";
import { Loaded } from "../elements/ListStates";
import { PageHead } from "../elements/PageHead";
import { Panel } from "../elements/Panel";
import { formatMonies } from "../format/money";
import { formatCount, formatPercent } from "../format/size";
import { FiguresTable } from "./FiguresTable";
import { SalesCompared } from "./SalesCompared";

const spans = ["7", "90", "365"] as const;
const usualDays = 30;

export function StaffStatisticsPage() {
  const [span, setSpan] = useChoice("days", spans);
  const days = span === undefined ? usualDays : Number(span);
  const summary = $api.useQuery(
    "get",
    "/statistics/summary",
    { params: { query: { days } } },
    { refetchInterval: 30_000 },
  );
  return (
    <>
      <PageHead title="Statistics" lead={`The last ${days} days, across providers.`} />
      <FilterBar>
        <ChoiceFilter
          label="Period"
          all="Last 30 days"
          value={span}
          onChange={setSpan}
          options={spans.map((value) => ({ value, label: `Last ${value} days` }))}
        />
      </FilterBar>
      <Loaded query={summary}>
        {(data) => (
          <Stack gap="lg">
            <Panel title="In short">
              <Figures
                figures={[
                  { label: "Visits", value: formatCount(data.visits) },
                  {
                    label: "Purchases",
                    value: formatCount(data.purchases),
                    note: `${formatPercent(data.purchases, data.visits)} of visits`,
                  },
                  { label: "Revenue", value: formatMonies(data.revenue) },
                  { label: "Live sales", value: formatCount(data.live_sales) },
                ]}
              />
            </Panel>
            {data.sales.length > 0 && (
              <Panel title="Visits by sale">
                <SalesCompared sales={data.sales} />
              </Panel>
            )}
            <FiguresTable
              sales={data.sales}
              withProvider
              linkTo={(sale) => `${staffBase}/sales/${sale.tenant_id}/${sale.sale_id}/statistics`}
            />
          </Stack>
        )}
      </Loaded>
    </>
  );
}
