import { ActionIcon, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useForm } from "@mantine/form";
import { $api, api, refresh, required } from "../api/client";
import type { Provider } from "../api/types";
import { ifMatch } from "../api/version";
import { FormError } from "../components/FormError";
import { notifySuccess } from "../components/notify";
import { Panel } from "../components/Panel";
import { useEdit } from "../components/useEdit";
import { useFormErrors } from "../components/useFormErrors";

interface Origins {
  cart_origins: string[];
}

function originsOf({ cart_origins }: Provider): Origins {
  return { cart_origins };
}

/** The origins that redirect sales of this provider may lead to. */
export function CartOrigins({ provider, mayEdit }: { provider: Provider; mayEdit: boolean }) {
  const initial = originsOf(provider);
  const form = useForm<Origins>({
    initialValues: initial,
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
  });
  const path = { tenant: provider.id };
  const edit = useEdit<Origins, Provider>({
    form,
    initial,
    version: provider.version,
    toValues: originsOf,
    save: (body, version) => save.mutateAsync({ params: { path, header: ifMatch(version) }, body }),
    read: async () => required(await api.GET("/providers/{tenant}", { params: { path } })),
    onError: errors.show,
    labels: { cart_origins: "cart addresses" },
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
      <form noValidate onSubmit={errors.onSubmit(edit.send)}>
        <Stack gap="sm" maw={560}>
          <Text size="sm" c="dimmed">
            Redirect sales can only lead to pages at these addresses.
          </Text>
          <FormError message={errors.general ?? form.errors.cart_origins} />
          {edit.notice}
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
