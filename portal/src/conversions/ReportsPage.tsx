import { Stack } from "@mantine/core";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import type { ReportStanding } from "../api/types";
import { useHasRole, useTenant } from "../app/SignedIn";
import { ChoiceFilter, FilterBar, useChoice } from "../components/Filters";
import { EmptyState } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { PagedList } from "../components/PagedList";
import { stateLabel } from "../components/states";
import { ReportImport } from "./ReportImport";
import { ReportTable, standingState } from "./ReportTable";

const standings: ReportStanding[] = ["matched", "waiting", "unmatched", "unreadable"];

export function ReportsPage() {
  const tenant = useTenant();
  const mayImport = useHasRole("owner");
  const [standing, setStanding] = useChoice("standing", standings);
  const reports = $api.useInfiniteQuery(
    "get",
    "/providers/{tenant}/reports",
    { params: { path: { tenant: tenant.id }, query: { standing } } },
    byCursor,
  );
  return (
    <>
      <PageHeader
        title="Reports received"
        lead="What your cart sent to SMP, as it was received. What does not fit or cannot be read is kept for 90 days, with the reason."
      />
      <Stack gap="lg">
        {mayImport && <ReportImport />}
        <div>
          <FilterBar>
            <ChoiceFilter
              label="State"
              all="All states"
              value={standing ?? ""}
              onChange={setStanding}
              options={standings.map((value) => ({
                value,
                label: stateLabel(standingState(value)),
              }))}
            />
          </FilterBar>
          <PagedList
            query={reports}
            empty={
              standing === undefined ? (
                <EmptyState title="No reports">
                  Nothing was received yet. The page Integration shows how to send a first one.
                </EmptyState>
              ) : (
                <EmptyState title="No matches">Choose another state.</EmptyState>
              )
            }
          >
            {(items) => <ReportTable reports={items} />}
          </PagedList>
        </div>
      </Stack>
    </>
  );
}
