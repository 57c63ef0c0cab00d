import { Button, Stack } from "@mantine/core";
import { useNavigate, useParams } from "react-router";
import { $api, refresh } from "../api/client";
import type { ContractTemplate } from "../api/types";
import { staffBase } from "../app/workspace";
import { confirmAction } from "../components/confirmAction";
import { DescriptionList } from "../components/DescriptionList";
import { LoadedPage } from "../components/LoadedPage";
import { notifyError, notifySuccess } from "../components/notify";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { StateBadge } from "../components/StateBadge";
import { plural } from "../format/text";
import { formatDateTime } from "../format/time";
import { DocumentText } from "./ContractDocument";
import { PublishTemplate } from "./PublishTemplate";
import { TemplateForm } from "./TemplateForm";
import { TemplatePreview } from "./TemplatePreview";

const back = { to: `${staffBase}/contract-templates`, label: "Versions of the contract" };

export function NewTemplatePage() {
  return (
    <>
      <PageHeader
        title="New version"
        lead="Nobody is offered it before it is published."
        back={back}
      />
      <TemplateForm />
    </>
  );
}

export function TemplatePage() {
  const { template = "" } = useParams();
  const query = $api.useQuery("get", "/contract-templates/{template}", {
    params: { path: { template } },
  });
  return (
    <LoadedPage query={query}>
      {(data) => (
        <>
          <PageHeader
            title={data.number == null ? data.title : `${data.title}, version ${data.number}`}
            badge={<StateBadge state={data.state} />}
            back={back}
            actions={data.state === "draft" && <DeleteTemplate template={data} />}
          />
          <Stack gap="lg">
            {data.state === "draft" ? (
              <TemplateForm key={data.id} template={data} />
            ) : (
              <Published template={data} />
            )}
            <TemplatePreview template={data} />
            {data.state === "draft" && <PublishTemplate template={data} />}
          </Stack>
        </>
      )}
    </LoadedPage>
  );
}

function Published({ template }: { template: ContractTemplate }) {
  return (
    <Panel title="Published">
      <Stack>
        <DescriptionList
          rows={[
            ["Delivery within", plural(template.delivery_days, "day")],
            ["Reservations and vouchers honoured for", plural(template.honour_days, "day")],
            ["Published", template.published_at && formatDateTime(template.published_at)],
            ["Earlier versions end", template.sign_by && formatDateTime(template.sign_by)],
          ]}
        />
        <DocumentText document={template.body} />
      </Stack>
    </Panel>
  );
}

function DeleteTemplate({ template }: { template: ContractTemplate }) {
  const navigate = useNavigate();
  const remove = $api.useMutation("delete", "/contract-templates/{template}", {
    onSuccess: async () => {
      await navigate(back.to);
      await refresh("/contract-templates");
      notifySuccess("Draft deleted.");
    },
    onError: notifyError,
  });
  return (
    <Button
      variant="default"
      loading={remove.isPending}
      onClick={() =>
        confirmAction({
          title: "Delete this draft?",
          message: "Its text is lost. This cannot be undone.",
          action: "Delete draft",
          onConfirm: () => remove.mutate({ params: { path: { template: template.id } } }),
        })
      }
    >
      Delete draft
    </Button>
  );
}
