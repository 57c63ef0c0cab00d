import { ActionIcon, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useForm } from "@mantine/form";
import { $api, refresh } from "../api/client";
import type { Provider } from "../api/types";
import { FormError } from "../components/FormError";
import { notifySuccess } from "../components/notify";
import { Panel } from "../components/Panel";
import { useFormErrors } from "../components/useFormErrors";

/** The origins that redirect sales of this provider may lead to. */
export function CartOrigins({ provider, mayEdit }: { provider: Provider; mayEdit: boolean }) {
  const form = useForm({
    initialValues: { cart_origins: provider.cart_origins },
    validate: {
      cart_origins: (origins) =>
        origins.every(isOrigin)
          ? null
          : "Enter an address such as https://shop.example, without a path.",
    },
  });
  const errors = useFormErrors(form);
  const save = $api.useMutation("put", "/providers/{tenant}/cart-origins", {
    onSuccess: async () => {
      await refresh("/providers/{tenant}");
      notifySuccess("Cart addresses saved.");
    },
    onError: errors.show,
  });
  const { cart_origins: origins } = form.values;
  if (!mayEdit) {
    return (
      <Panel title="Cart addresses">
        <Text size="sm" c={origins.length > 0 ? undefined : "dimmed"}>
          {origins.join(", ") || "None approved"}
        </Text>
      </Panel>
    );
  }
  return (
    <Panel title="Cart addresses">
      <form
        noValidate
        onSubmit={errors.onSubmit((body) => {
          save.mutate({ params: { path: { tenant: provider.id } }, body });
        })}
      >
        <Stack gap="sm" maw={560}>
          <Text size="sm" c="dimmed">
            Redirect sales can only lead to pages at these addresses.
          </Text>
          <FormError message={errors.general ?? form.errors.cart_origins} />
          {origins.map((_, index) => (
            <Group key={index} gap="xs" wrap="nowrap" align="flex-start">
              <TextInput
                type="url"
                aria-label={`Cart address ${index + 1}`}
                placeholder="https://shop.example"
                style={{ flex: 1 }}
                {...form.getInputProps(`cart_origins.${index}`)}
              />
              <ActionIcon
                size="lg"
                aria-label={`Remove address ${index + 1}`}
                onClick={() => form.removeListItem("cart_origins", index)}
              >
                <IconX size={17} aria-hidden />
              </ActionIcon>
            </Group>
          ))}
          <Group>
            <Button variant="default" onClick={() => form.insertListItem("cart_origins", "")}>
              Add address
            </Button>
            <Button type="submit" loading={save.isPending}>
              Save addresses
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}

export function isOrigin(text: string): boolean {
  try {
    const url = new URL(text);
    return (url.protocol === "https:" || url.protocol === "http:") && url.origin === text;
  } catch {
    return false;
  }
}
