import { Alert, Anchor, Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { $api, api, refresh, required } from "../api/client";
import type { Lead } from "../api/types";
import { ifMatch } from "../api/version";
import { staffBase } from "../app/workspace";
import { FormError } from "../components/FormError";
import { LoadedPage } from "../components/LoadedPage";
import { notifyError, notifySuccess } from "../components/notify";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { ReasonDialog } from "../components/ReasonDialog";
import { StateBadge } from "../components/StateBadge";
import { useFormErrors } from "../components/useFormErrors";
import { slugOf } from "../providers/slug";
import { LeadForm } from "./LeadForm";

const changed = () => refresh("/leads", "/leads/{lead}", "/vetting/queue");

/** One lead: what SMP knows of it, and what to do next. */
export function LeadPage() {
  const { lead = "" } = useParams();
  const path = { lead };
  const found = $api.useQuery("get", "/leads/{lead}", { params: { path } });
  const save = $api.useMutation("put", "/leads/{lead}", {
    onSuccess: async () => {
      await changed();
      notifySuccess("Lead saved.");
    },
  });
  return (
    <LoadedPage query={found}>
      {(data) => (
        <>
          <PageHeader
            title={data.company}
            badge={<StateBadge state={data.state} />}
            back={{ to: `${staffBase}/leads`, label: "Leads" }}
            actions={<LeadActions lead={data} />}
          />
          <Stack gap="lg">
            {data.lost_reason && (
              <Alert color="gray" title="Why nothing came of it">
                {data.lost_reason}
              </Alert>
            )}
            {data.provider_id && (
              <Alert color="gray" title="Invited">
                The lead follows its provider now.{" "}
                <Anchor component={Link} to={`${staffBase}/providers/${data.provider_id}`}>
                  Open the provider
                </Anchor>
              </Alert>
            )}
            <Panel title="About">
              <LeadForm
                lead={data}
                action="Save lead"
                pending={save.isPending}
                save={(body, version) =>
                  save.mutateAsync({ params: { path, header: ifMatch(version) }, body })
                }
                read={async () => required(await api.GET("/leads/{lead}", { params: { path } }))}
              />
            </Panel>
          </Stack>
        </>
      )}
    </LoadedPage>
  );
}

function LeadActions({ lead }: { lead: Lead }) {
  const [asking, setAsking] = useState<"lost" | "invite" | null>(null);
  const path = { lead: lead.id };
  const step = $api.useMutation("put", "/leads/{lead}/state", {
    onSuccess: async () => {
      setAsking(null);
      await changed();
      notifySuccess("Lead moved.");
    },
  });
  if (lead.provider_id) return null;
  const contact = () =>
    step.mutate(
      { params: { path }, body: { state: "contacted", reason: "" } },
      { onError: notifyError },
    );
  const lose = (reason: string) =>
    step.mutate({ params: { path }, body: { state: "lost", reason } });
  const askWhyLost = () => {
    step.reset();
    setAsking("lost");
  };
  return (
    <>
      {lead.state !== "contacted" && (
        <Button variant="default" loading={step.isPending} onClick={contact}>
          {lead.state === "lost" ? "Contact again" : "Mark as contacted"}
        </Button>
      )}
      {lead.state !== "lost" && (
        <>
          <Button variant="default" onClick={askWhyLost}>
            Mark as lost
          </Button>
          <Button onClick={() => setAsking("invite")}>Invite</Button>
        </>
      )}
      {asking === "lost" && (
        <ReasonDialog
          opened
          onClose={() => setAsking(null)}
          title="Mark this lead as lost?"
          message="You can contact it again later."
          action="Mark as lost"
          pending={step.isPending}
          error={step.error}
          onSubmit={lose}
        />
      )}
      <Modal opened={asking === "invite"} onClose={() => setAsking(null)} title="Invite this lead">
        <InviteForm lead={lead} onClose={() => setAsking(null)} />
      </Modal>
    </>
  );
}

function InviteForm({ lead, onClose }: { lead: Lead; onClose: () => void }) {
  const navigate = useNavigate();
  const form = useForm({ initialValues: { slug: slugOf(lead.company) } });
  const errors = useFormErrors(form);
  const invite = $api.useMutation("post", "/leads/{lead}/invite", {
    onSuccess: async (provider) => {
      await refresh("/leads", "/leads/{lead}", "/providers");
      notifySuccess(`Invitation sent to ${lead.email}.`);
      await navigate(`${staffBase}/providers/${provider.id}`);
    },
    onError: errors.show,
  });
  return (
    <form
      noValidate
      onSubmit={errors.onSubmit((body) =>
        invite.mutate({ params: { path: { lead: lead.id } }, body }),
      )}
    >
      <Stack>
        <FormError message={errors.general} />
        <TextInput
          label="Slug"
          description="Part of the URLs of their pages."
          data-autofocus
          {...form.getInputProps("slug")}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={invite.isPending}>
            Send invitation
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
