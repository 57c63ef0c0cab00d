import { Button, Group, Stack, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { $api, refresh } from "../api/client";
import type { ContractTemplate } from "../api/types";
import { confirmAction } from "../components/confirmAction";
import { FormError } from "../components/FormError";
import { InstantInput } from "../components/InstantInput";
import { notifySuccess } from "../components/notify";
import { Panel } from "../components/Panel";
import { useFormErrors } from "../components/useFormErrors";

/** Publishes a draft for good, with the date by which it is signed. */
export function PublishTemplate({ template }: { template: ContractTemplate }) {
  const form = useForm({ initialValues: { sign_by: "" } });
  const errors = useFormErrors(form);
  const publish = $api.useMutation("post", "/contract-templates/{template}/publication", {
    onSuccess: async () => {
      await refresh("/contract-templates", "/contract-templates/{template}", "/contracts");
      notifySuccess("Published. Every provider is asked to sign it.");
    },
    onError: errors.show,
  });
  const ask = ({ sign_by }: { sign_by: string }) =>
    confirmAction({
      title: "Publish this version?",
      message:
        "It is offered to every provider, and can neither be changed nor deleted any more. Unsaved changes are not published.",
      action: "Publish version",
      destructive: false,
      onConfirm: () =>
        publish.mutate({
          params: { path: { template: template.id } },
          body: sign_by === "" ? {} : { sign_by },
        }),
    });
  return (
    <Panel title="Publish">
      <form noValidate onSubmit={errors.onSubmit(ask)}>
        <Stack maw={640}>
          <FormError message={errors.general} />
          <Text size="sm" c="dimmed">
            Contracts of earlier versions stay in force until the date you set. After it, the sales
            of providers that have not signed this version sell nothing.
          </Text>
          <InstantInput
            label="Sign by"
            description="The first version needs no date."
            maw={320}
            {...form.getInputProps("sign_by")}
          />
          <Group>
            <Button type="submit" loading={publish.isPending}>
              Publish
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
