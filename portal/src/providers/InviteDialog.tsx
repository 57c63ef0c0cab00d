import { Button, Group, Modal, NativeSelect, Stack, TextInput } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import { useNavigate } from "react-router";
import { $api, refresh } from "../api/client";
import { staffBase } from "../app/workspace";
import { FormError } from "../components/FormError";
import { notifySuccess } from "../components/notify";
import { useFormErrors } from "../components/useFormErrors";
import { countryOptions } from "../format/reference";
import { slugOf } from "./slug";

export function InviteDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Invite a provider">
      <InviteForm onClose={onClose} />
    </Modal>
  );
}

function InviteForm({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const form = useForm({
    initialValues: { name: "", slug: "", country: "", product_category: "", owner_email: "" },
    validate: {
      name: isNotEmpty("Enter the name shoppers will see."),
      slug: (value) =>
        /^[a-z0-9]+(-[a-z0-9]+)*$/.test(value)
          ? null
          : "Use lowercase letters, digits and single hyphens.",
      country: isNotEmpty("Choose the country they are based in."),
      product_category: isNotEmpty("Enter what they sell."),
      owner_email: (value) => (value.includes("@") ? null : "Enter the owner’s email address."),
    },
  });
  const errors = useFormErrors(form);
  const invite = $api.useMutation("post", "/providers", {
    onSuccess: async (provider, { body }) => {
      await refresh("/providers");
      notifySuccess(`Invitation sent to ${body.owner_email}.`);
      onClose();
      await navigate(`${staffBase}/providers/${provider.id}`);
    },
    onError: errors.show,
  });
  const rename = (name: string) => {
    const slugFollowsName = form.values.slug === slugOf(form.values.name);
    form.setValues({ name, ...(slugFollowsName && { slug: slugOf(name) }) });
  };
  return (
    <form
      noValidate
      onSubmit={errors.onSubmit((body) => {
        invite.mutate({ body });
      })}
    >
      <Stack>
        <FormError message={errors.general} />
        <TextInput
          label="Name"
          data-autofocus
          {...form.getInputProps("name")}
          onChange={(event) => rename(event.currentTarget.value)}
        />
        <TextInput
          label="Slug"
          description="Part of the URLs of their pages."
          {...form.getInputProps("slug")}
        />
        <Group grow align="flex-start">
          <NativeSelect
            label="Country"
            data={[{ value: "", label: "Choose a country" }, ...countryOptions()]}
            {...form.getInputProps("country")}
          />
          <TextInput
            label="Product category"
            placeholder="Furniture"
            {...form.getInputProps("product_category")}
          />
        </Group>
        <TextInput
          label="Owner’s email"
          type="email"
          description="They will get an email with a link to accept."
          {...form.getInputProps("owner_email")}
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
