import { Stack } from "@mantine/core";
import { $api } from "../api/client";
import { staffBase } from "../app/workspace";
import { Figures } from "../components/Figures";
import { ChoiceFilter, FilterBar, useChoice } from "../components/Filters";
import { Loaded } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { formatCount } from "../format/numbers";
import { formatConversionRate, revenueFigures } from "./figures";
import { plural } from "../format/text";
import { SaleFiguresTable } from "./SaleFiguresTable";
import { VisitsBySale } from "./VisitsBySale";

const spans = ["7", "90", "365"] as const;
const defaultDays = 30;

export function StaffStatisticsPage() {
  const [span, setSpan] = useChoice("days", spans);
  const days = span === undefined ? defaultDays : Number(span);
  const summary = $api.useQuery(
    "get",
    "/statistics/summary",
    { params: { query: { days } } },
    { refetchInterval: 30_000 },
  );
  return (
    <>
      <PageHeader
        title="Statistics"
        lead={`Visits and purchases of the last ${days} days, all providers.`}
      />
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
            <Panel title="Summary">
              <Figures
                figures={[
                  {
                    label: "Visits",
                    value: formatCount(data.visits),
                    note: plural(data.visitors, "visitor"),
                  },
                  {
                    label: "Purchases",
                    value: formatCount(data.purchases),
                    note: `${formatConversionRate(data.conversion_rate_percent)} of visitors bought`,
                  },
                  { label: "Units sold", value: formatCount(data.units) },
                  ...revenueFigures(data.revenue, { hosted: true, reported: false }),
                  { label: "Live sales", value: formatCount(data.live_sales) },
                ]}
              />
            </Panel>
            {data.sales.length > 0 && (
              <Panel title="Visits by sale">
                <VisitsBySale sales={data.sales} />
              </Panel>
            )}
            <SaleFiguresTable
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
