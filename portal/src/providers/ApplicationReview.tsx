import { Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import type { Application } from "../api/types";
import { DescriptionList } from "../components/DescriptionList";
import { FormError } from "../components/FormError";
import { Loaded } from "../components/ListStates";
import { notifySuccess } from "../components/notify";
import { Panel } from "../components/Panel";
import { ReasonDialog } from "../components/ReasonDialog";
import { formatMoney } from "../format/money";
import { formatCount } from "../format/numbers";
import { formatDateTime } from "../format/time";
import { modeNames } from "../vetting/definitionValues";

const turns: Record<Application["waiting_for"], string> = {
  provider: "The provider",
  smp: "SMP",
  nobody: "Nobody",
};

const changed = () =>
  refresh("/providers", "/providers/{tenant}", "/providers/{tenant}/application", "/vetting/queue");

/** Where a provider's application stands, and what a manager can do about it. */
export function ApplicationReview({ tenant, mayDecide }: { tenant: string; mayDecide: boolean }) {
  const application = $api.useQuery("get", "/providers/{tenant}/application", {
    params: { path: { tenant } },
  });
  return (
    <Panel title="Application">
      <Loaded query={application}>
        {(data) => (
          <Stack>
            <DescriptionList
              rows={[
                ["Waiting for", turns[data.waiting_for]],
                ["Sent", data.submitted_at && formatDateTime(data.submitted_at)],
                ["Reviewed by", data.taken_by],
                ["SMP asked for", data.wanted],
                ["Shoppers buy", data.selling_mode && modeNames[data.selling_mode]],
                ["Units a month", data.monthly_units != null && formatCount(data.monthly_units)],
                ["Revenue a month", data.monthly_revenue && formatMoney(data.monthly_revenue)],
                ["References", data.references],
              ]}
            />
            {data.missing.length > 0 && (
              <Text size="sm" c="dimmed">
                Still missing: {data.missing.length}
              </Text>
            )}
            {mayDecide && <ReviewActions tenant={tenant} application={data} />}
          </Stack>
        )}
      </Loaded>
    </Panel>
  );
}

function ReviewActions({ tenant, application }: { tenant: string; application: Application }) {
  const [asking, setAsking] = useState(false);
  const params = { path: { tenant } };
  const take = $api.useMutation("post", "/providers/{tenant}/application/review", {
    onSuccess: async () => {
      await changed();
      notifySuccess("Application taken for review.");
    },
  });
  const ask = $api.useMutation("put", "/providers/{tenant}/application/wanted", {
    onSuccess: async () => {
      setAsking(false);
      await changed();
      notifySuccess("The provider was asked.");
    },
  });
  return (
    <Group>
      <FormError message={take.error} />
      {application.provider_state === "applied" && (
        <Button loading={take.isPending} onClick={() => take.mutate({ params })}>
          Take for review
        </Button>
      )}
      {application.provider_state === "under_review" && (
        <Button variant="default" onClick={() => setAsking(true)}>
          Ask for more
        </Button>
      )}
      {asking && (
        <ReasonDialog
          opened
          onClose={() => setAsking(false)}
          title="Ask the provider for more?"
          message="They can change the application until they send it again. They will read what you write."
          action="Ask"
          pending={ask.isPending}
          error={ask.error}
          onSubmit={(text) => ask.mutate({ params, body: { text } })}
        />
      )}
    </Group>
  );
}
