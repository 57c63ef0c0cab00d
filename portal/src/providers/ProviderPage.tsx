import { Alert, Anchor, Stack } from "@mantine/core";
import { useParams } from "react-router";
import { $api } from "../api/client";
import type { Provider } from "../api/types";
import { useHasRole } from "../app/SignedIn";
import { staffBase } from "../app/workspace";
import { DescriptionList } from "../components/DescriptionList";
import { LoadedPage } from "../components/LoadedPage";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { StateBadge } from "../components/StateBadge";
import { ProviderContracts } from "../contracts/ProviderContracts";
import { countryName } from "../format/reference";
import { formatDate } from "../format/time";
import { SaleTable } from "../sales/SaleTable";
import { VettingComments, VettingNotes } from "../vetting/Remarks";
import { CartOrigins } from "./CartOrigins";
import { ApplicationReview } from "./ApplicationReview";
import { ProviderDecisions } from "./ProviderDecisions";
import { ProviderTeam } from "./ProviderTeam";
import { RequirementChecklist } from "./RequirementChecklist";

export function ProviderPage() {
  const { tenant = "" } = useParams();
  const provider = $api.useQuery("get", "/providers/{tenant}", { params: { path: { tenant } } });
  const mayDecide = useHasRole("admin", "manager");
  return (
    <LoadedPage query={provider}>
      {(data) => (
        <>
          <PageHeader
            title={data.name}
            badge={<StateBadge state={data.state} />}
            lead={[
              data.product_category,
              countryName(data.country),
              `since ${formatDate(data.created_at)}`,
            ].join(", ")}
            back={{ to: `${staffBase}/providers`, label: "Providers" }}
            actions={mayDecide && <ProviderDecisions provider={data} />}
          />
          <Stack gap="lg">
            {data.decision_reason && (
              <Alert color="gray" title="Last decision">
                {data.decision_reason}
              </Alert>
            )}
            <ApplicationReview tenant={data.id} mayDecide={mayDecide} />
            <RequirementChecklist provider={data} mayDecide={mayDecide} />
            <ProviderContracts tenant={data.id} />
            {mayDecide && (
              <>
                <VettingComments tenant={data.id} />
                <VettingNotes tenant={data.id} />
              </>
            )}
            <AboutProvider provider={data} />
            <CartOrigins key={data.id} provider={data} mayEdit={mayDecide} />
            <ProviderSales tenant={data.id} />
            <ProviderTeam provider={data} mayInvite={mayDecide} />
          </Stack>
        </>
      )}
    </LoadedPage>
  );
}

function AboutProvider({ provider }: { provider: Provider }) {
  return (
    <Panel title="About">
      <DescriptionList
        rows={[
          ["Slug", provider.slug],
          ["About", provider.about],
          ["Registration", provider.registration_number],
          ["Regions", provider.regions.map(countryName).join(", ")],
          [
            "Support email",
            provider.support_email && (
              <Anchor
                key="mail"
                href={`mailto:${provider.support_email}`}
                underline="always"
                inherit
              >
                {provider.support_email}
              </Anchor>
            ),
          ],
          ["Support phone", provider.support_phone],
          ["Support page", provider.support_url],
        ]}
      />
    </Panel>
  );
}

function ProviderSales({ tenant }: { tenant: string }) {
  const sales = $api.useQuery("get", "/providers/{tenant}/sales", {
    params: { path: { tenant }, query: { limit: 10 } },
  });
  if (!sales.data || sales.data.items.length === 0) return null;
  return (
    <Panel title="Sales">
      <SaleTable
        sales={sales.data.items}
        linkTo={(sale) => `${staffBase}/sales/${tenant}/${sale.id}`}
      />
    </Panel>
  );
}
