import { Button, Group } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { NavLink, Outlet, useOutletContext, useParams } from "react-router";
import { $api } from "../api/client";
import type { Sale } from "../api/types";
import { useHasRole, useTenant, useWorkspace } from "../app/SignedIn";
import { staffBase } from "../app/workspace";
import { SaleContractNotice } from "../contracts/ContractNotice";
import { SalePayoutsNotice } from "../payouts/SalePayoutsNotice";
import { LoadedPage } from "../components/LoadedPage";
import { PageHeader } from "../components/PageHeader";
import { StateBadge } from "../components/StateBadge";
import { ProviderSaleActions } from "./ProviderSaleActions";
import { liveSale, useLiveContent } from "./liveSale";
import { SaleBanner } from "./SaleBanner";
import styles from "./sales.module.css";
import { modeName, displayedState, saleWindow } from "./saleState";
import { StaffSaleActions } from "./StaffSaleActions";
import { StoppedNotice } from "./StoppedNotice";

/** The context of a sale's tabs. */
export interface SaleView {
  sale: Sale;
  /** The sale as shoppers see it; null when it is not public or the reader may not know. */
  live: Sale | null;
  /** Whether `live` is still loading. */
  livePending: boolean;
  /** The path of the sale's page, for links. */
  path: string;
  /** Tells the page whether its form has changes that are not saved. */
  setUnsaved: (unsaved: boolean) => void;
}

export function useSale(): SaleView {
  return useOutletContext<SaleView>();
}

export function ProviderSalePage() {
  const tenant = useTenant();
  const { base } = useWorkspace();
  const { sale = "" } = useParams();
  const maySeeStatistics = useHasRole("owner", "editor", "analyst");
  const maySeeRevisions = useHasRole("owner", "editor");
  return (
    <SaleFrame
      tenantId={tenant.id}
      saleId={sale}
      listPath={`${base}/sales`}
      path={`${base}/sales/${sale}`}
      tabs={{ revisions: maySeeRevisions, statistics: maySeeStatistics }}
      actions={(data) => <ProviderSaleActions sale={data} />}
      banner={(data, unsaved) => <SaleBanner sale={data} unsaved={unsaved} />}
    />
  );
}

export function StaffSalePage() {
  const { tenant = "", sale = "" } = useParams();
  return (
    <SaleFrame
      tenantId={tenant}
      saleId={sale}
      listPath={`${staffBase}/sales`}
      path={`${staffBase}/sales/${tenant}/${sale}`}
      tabs={{ revisions: true, statistics: true }}
      actions={(data) => <StaffSaleActions sale={data} />}
      banner={(data) => <StoppedNotice sale={data} mb="xl" />}
    />
  );
}

const refreshMs = 30_000;

interface SaleFrameProps {
  tenantId: string;
  saleId: string;
  listPath: string;
  path: string;
  tabs: { revisions: boolean; statistics: boolean };
  actions: (sale: Sale) => ReactNode;
  banner: (sale: Sale, unsaved: boolean) => ReactNode;
}

function SaleFrame({ tenantId, saleId, listPath, path, tabs, actions, banner }: SaleFrameProps) {
  const query = $api.useQuery(
    "get",
    "/providers/{tenant}/sales/{sale}",
    { params: { path: { tenant: tenantId, sale: saleId } } },
    // A sale in review refreshes more often, so that the decision shows soon.
    {
      refetchInterval: ({ state }) => (state.data?.in_review === true ? refreshMs / 6 : refreshMs),
    },
  );
  const { content, pending } = useLiveContent(query.data);
  const [unsaved, setUnsaved] = useState(false);
  const live = query.data && content ? liveSale(query.data, content) : null;
  return (
    <LoadedPage query={query}>
      {(sale) => (
        <>
          <PageHeader
            title={sale.title}
            badge={
              <Group gap={6}>
                <StateBadge state={displayedState(sale)} />
              </Group>
            }
            lead={`${sale.tenant.name} · ${modeName((live ?? sale).mode)} · ${saleWindow(live ?? sale)}`}
            back={{ to: listPath, label: "Sales" }}
            actions={
              <>
                {sale.phase != null && (
                  <Button
                    component="a"
                    href={sale.page_url}
                    target="_blank"
                    rel="noreferrer"
                    variant="default"
                    rightSection={<IconExternalLink size={15} aria-hidden />}
                  >
                    View sale page
                  </Button>
                )}
                {actions(sale)}
              </>
            }
          />
          <SaleContractNotice sale={sale} />
          <SalePayoutsNotice sale={sale} />
          {banner(sale, unsaved)}
          <nav className={styles.tabs} aria-label="Sale">
            <NavLink end to={path} className={styles.tab ?? ""}>
              Details
            </NavLink>
            <NavLink to={`${path}/access-points`} className={styles.tab ?? ""}>
              Access points
            </NavLink>
            {tabs.revisions && (
              <NavLink to={`${path}/revisions`} className={styles.tab ?? ""}>
                Revisions
              </NavLink>
            )}
            {sale.mode === "hosted" && (
              <NavLink to={`${path}/rush`} className={styles.tab ?? ""}>
                Rush
              </NavLink>
            )}
            {tabs.statistics && (
              <NavLink to={`${path}/statistics`} className={styles.tab ?? ""}>
                Statistics
              </NavLink>
            )}
          </nav>
          <Outlet
            context={{ sale, live, livePending: pending, path, setUnsaved } satisfies SaleView}
          />
        </>
      )}
    </LoadedPage>
  );
}
