import { Anchor, Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import { $api } from "../api/client";
import type { Sale } from "../api/types";
import { useHasRole, useWorkspace } from "../app/SignedIn";
import { Figures, type Figure } from "../components/Figures";
import { Panel } from "../components/Panel";
import { StateBadge } from "../components/StateBadge";
import { StockBar } from "../components/StockBar";
import { formatCount } from "../format/numbers";
import { formatRelative } from "../format/time";
import { displayedState, showsDraft } from "../sales/saleState";
import { revenueFigures } from "../statistics/figures";
import styles from "./overview.module.css";

const liveRefreshMs = 5_000;

/** A live sale with its current figures. */
export function RunningSale({ sale }: { sale: Sale }) {
  const { base } = useWorkspace();
  const maySeeStatistics = useHasRole("owner", "editor", "analyst");
  const statistics = $api.useQuery(
    "get",
    "/providers/{tenant}/sales/{sale}/statistics",
    { params: { path: { tenant: sale.tenant.id, sale: sale.id } } },
    { enabled: maySeeStatistics, refetchInterval: liveRefreshMs },
  );
  const totals = statistics.data?.totals;
  const figures: Figure[] = totals
    ? [
        { label: "Visits", value: formatCount(totals.visits) },
        sale.mode === "hosted"
          ? { label: "Purchases", value: formatCount(totals.purchases) }
          : { label: "Click-outs", value: formatCount(totals.click_outs) },
        { label: "Units sold", value: formatCount(totals.units) },
        ...revenueFigures(totals.revenue, {
          hosted: sale.mode === "hosted",
          reported: sale.mode !== "hosted",
        }),
      ]
    : [];
  return (
    <Panel title={sale.title} aside={<StateBadge state={displayedState(sale)} />}>
      <div className={styles.live}>
        {sale.thumbnail_url ? (
          <img src={sale.thumbnail_url} alt="" />
        ) : (
          <div className={styles.blank} />
        )}
        <Stack gap="md">
          <Text c="dimmed">
            Ends {formatRelative(sale.ends_at)}
            {showsDraft(sale) && ", by the draft"}
          </Text>
          {figures.length > 0 && <Figures figures={figures} />}
          {sale.mode === "hosted" &&
            sale.items.map(
              (item) => item.stock && <StockBar key={item.id} name={item.name} {...item.stock} />,
            )}
          {maySeeStatistics && (
            <Anchor
              component={Link}
              to={`${base}/sales/${sale.id}/statistics`}
              underline="always"
              size="sm"
            >
              View all statistics
            </Anchor>
          )}
        </Stack>
      </div>
    </Panel>
  );
}
