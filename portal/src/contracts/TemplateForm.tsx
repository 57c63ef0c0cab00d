import { Button, Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import { useNavigate } from "react-router";
import { $api, api, refresh, required } from "../api/client";
import type { ContractTemplate } from "../api/types";
import { ifMatch } from "../api/version";
import { staffBase } from "../app/workspace";
import { FormError } from "../components/FormError";
import { notifySuccess } from "../components/notify";
import { Panel } from "../components/Panel";
import { useEdit } from "../components/useEdit";
import { useFormErrors } from "../components/useFormErrors";
import { WholeInput } from "../components/WholeInput";
import { wholeError, wholeValue } from "../format/typedNumber";

interface Values {
  title: string;
  body: string;
  delivery_days: string;
  honour_days: string;
}

const placeholders =
  "{{provider_name}}, {{registration_number}}, {{country}}, {{delivery_days}}, {{honour_days}}, {{version}} and {{date}}";

function valuesOf(template?: ContractTemplate): Values {
  return {
    title: template?.title ?? "",
    body: template?.body ?? "",
    delivery_days: template === undefined ? "" : String(template.delivery_days),
    honour_days: template === undefined ? "" : String(template.honour_days),
  };
}

const deliveryDays = {
  min: 1,
  max: 365,
  missing: "Enter within how many days the provider guarantees delivery.",
};
const honourDays = {
  min: 1,
  max: 3_650,
  missing: "Enter for how many days vouchers and reservations are honoured.",
};

/** Writes a new version, or edits a draft. */
export function TemplateForm({ template }: { template?: ContractTemplate }) {
  const navigate = useNavigate();
  const initial = valuesOf(template);
  const form = useForm<Values>({
    initialValues: initial,
    validate: {
      title: isNotEmpty("Enter the title of the contract."),
      body: isNotEmpty("Enter the text of the contract."),
      delivery_days: (value) => wholeError(value, deliveryDays),
      honour_days: (value) => wholeError(value, honourDays),
    },
  });
  const errors = useFormErrors(form);
  const create = $api.useMutation("post", "/contract-templates");
  const update = $api.useMutation("put", "/contract-templates/{template}");
  const edit = useEdit<Values, ContractTemplate>({
    form,
    initial,
    version: template?.version ?? 0,
    toValues: valuesOf,
    save: async (values, version) => {
      const body = {
        title: values.title.trim(),
        body: values.body,
        delivery_days: wholeValue(values.delivery_days) ?? 0,
        honour_days: wholeValue(values.honour_days) ?? 0,
      };
      const saved =
        template === undefined
          ? await create.mutateAsync({ body })
          : await update.mutateAsync({
              params: { path: { template: template.id }, header: ifMatch(version) },
              body,
            });
      await refresh(
        "/contract-templates",
        "/contract-templates/{template}",
        "/contract-templates/{template}/preview",
      );
      notifySuccess("Draft saved.");
      if (template === undefined) await navigate(`${staffBase}/contract-templates/${saved.id}`);
      return saved;
    },
    ...(template !== undefined && {
      read: async () =>
        required(
          await api.GET("/contract-templates/{template}", {
            params: { path: { template: template.id } },
          }),
        ),
    }),
    onError: errors.show,
    labels: { body: "text", delivery_days: "delivery", honour_days: "vouchers" },
  });
  return (
    <Panel title="Draft">
      <form noValidate onSubmit={errors.onSubmit(edit.send)}>
        <Stack maw={760}>
          <FormError message={errors.general} />
          {edit.notice}
          <TextInput label="Title" {...form.getInputProps("title")} />
          <Group grow align="flex-start">
            <WholeInput
              label="Delivery within (days)"
              description="How soon everything sold is delivered."
              {...form.getInputProps("delivery_days")}
            />
            <WholeInput
              label="Vouchers honoured for (days)"
              description="Reservations and coupons, too."
              {...form.getInputProps("honour_days")}
            />
          </Group>
          <Textarea
            label="Text"
            description="Guarantee delivery within {{delivery_days}} days, and reservations, coupons and vouchers for {{honour_days}} days."
            autosize
            minRows={14}
            {...form.getInputProps("body")}
          />
          <Text size="sm" c="dimmed">
            Filled in for each provider: {placeholders}. Blank lines part paragraphs. A line that
            begins with “# ” is a heading, with “- ” an item.
          </Text>
          <Group>
            <Button type="submit" loading={create.isPending || update.isPending}>
              Save draft
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
