import { Alert, Anchor, Stack, Text } from "@mantine/core";
import { IconCircle, IconCircleCheck } from "@tabler/icons-react";
import { Link } from "react-router";
import { $api } from "../api/client";
import type { Provider } from "../api/types";
import { useHasRole, useTenant, useWorkspace } from "../app/SignedIn";
import { EmptyState, Loaded } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { StateBadge } from "../components/StateBadge";
import { OwnerContractNotice } from "../contracts/ContractNotice";
import { InvoicingNotice } from "../invoices/InvoicingNotice";
import { plural } from "../format/text";
import { SaleTable } from "../sales/SaleTable";
import { isSelling } from "../sales/saleState";
import { nextSteps } from "./nextSteps";
import styles from "./overview.module.css";
import { RunningSale } from "./RunningSale";

const maxSales = 20;

export function ProviderOverviewPage() {
  const tenant = useTenant();
  const { base } = useWorkspace();
  const mayEdit = useHasRole("owner", "editor");
  const maySeeSales = useHasRole("owner", "editor", "analyst");
  const provider = $api.useQuery("get", "/providers/{tenant}", {
    params: { path: { tenant: tenant.id } },
  });
  const sales = $api.useQuery(
    "get",
    "/providers/{tenant}/sales",
    { params: { path: { tenant: tenant.id }, query: { limit: maxSales } } },
    { refetchInterval: 15_000 },
  );
  return (
    <>
      <PageHeader
        title={tenant.name}
        badge={provider.data && <StateBadge state={provider.data.state} />}
        lead={provider.data?.product_category}
      />
      <Stack gap="xl">
        {provider.data && <ProviderStateNotice provider={provider.data} />}
        <OwnerContractNotice />
        <InvoicingNotice />
        <ParcelsNotice />
        <Loaded query={sales}>
          {({ items }) => {
            const running = items.filter(isSelling);
            // Halted sales come first because they need attention.
            const rest = items
              .filter((sale) => !isSelling(sale))
              .sort((a, b) => Number(b.state === "halted") - Number(a.state === "halted"));
            return (
              <Stack gap="xl">
                {running.map((sale) => (
                  <RunningSale key={sale.id} sale={sale} />
                ))}
                {items.length === 0 && !mayEdit && (
                  <EmptyState title="No sales yet">
                    Sales will appear here once your team has planned one.
                  </EmptyState>
                )}
                {rest.length > 0 && maySeeSales && (
                  <Panel title={running.length > 0 ? "Other sales" : "Sales"}>
                    <SaleTable
                      sales={rest.slice(0, 5)}
                      linkTo={(sale) => `${base}/sales/${sale.id}`}
                    />
                  </Panel>
                )}
                {mayEdit && provider.data && (
                  <NextSteps
                    provider={provider.data}
                    sales={items.length}
                    submitted={items.some((sale) => sale.state !== "draft")}
                  />
                )}
              </Stack>
            );
          }}
        </Loaded>
      </Stack>
    </>
  );
}

function ProviderStateNotice({ provider }: { provider: Provider }) {
  const { base } = useWorkspace();
  const isOwner = useHasRole("owner");
  if (provider.state === "approved") return null;
  const text: Record<Exclude<Provider["state"], "approved">, string> = {
    invited: "SMP has invited you. Apply now so that your documents can be checked.",
    applied: "SMP has received your application and will review it soon.",
    under_review: "SMP is reviewing your application. Meanwhile, you can prepare your first sale.",
    suspended:
      "SMP has suspended your shop. You can’t sell until it is reinstated. Your data is kept.",
    rejected: "SMP has rejected your application.",
  };
  const blocked = provider.state === "suspended" || provider.state === "rejected";
  return (
    <Alert
      color={blocked ? "brick" : "gray"}
      title={blocked ? "You can’t sell at the moment" : "Before your first sale"}
    >
      <Text size="sm">{text[provider.state]}</Text>
      {provider.decision_reason && (
        <Text size="sm" mt={6}>
          {provider.decision_reason}
        </Text>
      )}
      {isOwner && provider.state !== "suspended" && (
        <Anchor
          component={Link}
          to={`${base}/application`}
          size="sm"
          mt={8}
          display="inline-block"
          underline="always"
        >
          {provider.state === "invited" ? "Fill in the application" : "View the application"}
        </Anchor>
      )}
    </Alert>
  );
}

function ParcelsNotice() {
  const tenant = useTenant();
  const { base } = useWorkspace();
  const mayShip = useHasRole("owner", "fulfilment");
  const statistics = $api.useQuery(
    "get",
    "/providers/{tenant}/statistics",
    { params: { path: { tenant: tenant.id } } },
    { enabled: mayShip },
  );
  const count = statistics.data?.parcels_to_ship ?? 0;
  if (count === 0) return null;
  return (
    <Alert color="gray" title={`${plural(count, "parcel")} to ship`}>
      <Anchor component={Link} to={`${base}/parcels?state=to_ship`} size="sm" underline="always">
        View parcels to ship
      </Anchor>
    </Alert>
  );
}

function NextSteps({
  provider,
  sales,
  submitted,
}: {
  provider: Provider;
  sales: number;
  submitted: boolean;
}) {
  const tenant = useTenant();
  const { base } = useWorkspace();
  const one = { params: { path: { tenant: tenant.id }, query: { limit: 1 } } };
  const assets = $api.useQuery("get", "/providers/{tenant}/assets", one);
  const offers = $api.useQuery("get", "/providers/{tenant}/offers", one);
  if (!assets.data || !offers.data) return null;
  const steps = nextSteps({
    state: provider.state,
    assets: assets.data.items.length,
    offers: offers.data.items.length,
    sales,
    submitted,
  });
  if (steps.every((step) => step.done)) return null;
  return (
    <Panel title="Next steps">
      <ol className={styles.steps}>
        {steps.map((step) => (
          <li key={step.label}>
            {step.done ? (
              <IconCircleCheck size={20} color="var(--smp-good)" role="img" aria-label="Done" />
            ) : (
              <IconCircle size={20} color="var(--smp-quiet)" role="img" aria-label="To do" />
            )}
            <div>
              {step.done ? (
                <Text c="dimmed">{step.label}</Text>
              ) : (
                <Anchor component={Link} to={base + step.to} fw={550}>
                  {step.label}
                </Anchor>
              )}
              <Text size="sm" c="dimmed">
                {step.hint}
              </Text>
            </div>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
