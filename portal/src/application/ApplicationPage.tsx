import { Alert, List, Stack, Text } from "@mantine/core";
import { $api } from "../api/client";
import type { Application } from "../api/types";
import { useTenant } from "../app/SignedIn";
import { LoadedPage } from "../components/LoadedPage";
import { PageHeader } from "../components/PageHeader";
import { StateBadge } from "../components/StateBadge";
import { VettingComments } from "../vetting/Remarks";
import { ApplicationForm } from "./ApplicationForm";
import { RequirementAnswers } from "./RequirementAnswers";
import { SendApplication } from "./SendApplication";

/** The application, over as many visits as it takes, and what SMP asks for. */
export function ApplicationPage() {
  const tenant = useTenant();
  const params = { path: { tenant: tenant.id } };
  const application = $api.useQuery("get", "/providers/{tenant}/application", { params });
  const provider = $api.useQuery("get", "/providers/{tenant}", { params });
  return (
    <LoadedPage query={application}>
      {(data) => (
        <>
          <PageHeader
            title="Application"
            badge={<StateBadge state={data.provider_state} />}
            lead={leadFor(data)}
          />
          <Stack gap="lg">
            {data.provider_state === "rejected" && provider.data?.decision_reason && (
              <Alert color="brick" title="Why your application was rejected">
                {provider.data.decision_reason}
              </Alert>
            )}
            {data.wanted && (
              <Alert color="brick" title="SMP needs more from you">
                <Text size="sm" style={{ whiteSpace: "pre-wrap" }}>
                  {data.wanted}
                </Text>
              </Alert>
            )}
            {data.open && (
              <>
                <Missing application={data} />
                <ApplicationForm tenant={tenant.id} application={data} />
              </>
            )}
            <RequirementAnswers tenant={tenant.id} providerState={data.provider_state} />
            {data.open && <SendApplication tenant={tenant.id} application={data} />}
            <VettingComments tenant={tenant.id} />
          </Stack>
        </>
      )}
    </LoadedPage>
  );
}

function leadFor({ provider_state: state, waiting_for }: Application): string {
  if (state === "invited")
    return "Tell SMP about your business. Save as you go; you can finish it on another day.";
  if (state === "rejected") return "SMP has decided on your application.";
  if (state === "approved" || state === "suspended")
    return "Your application has been decided. Requirements that expire are answered again here.";
  if (waiting_for === "provider") return "SMP is waiting for you.";
  return "SMP is reviewing your application. You can prepare your first sale in the meantime.";
}

/** What is missing before the application can be sent. */
function Missing({ application }: { application: Application }) {
  if (application.missing.length === 0) return null;
  return (
    <Alert color="gray" title={`Still missing: ${application.missing.length}`}>
      <List size="sm">
        {application.missing.map(({ field, message }) => (
          <List.Item key={field}>{message}</List.Item>
        ))}
      </List>
    </Alert>
  );
}
