import { Anchor, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import type { ApiKey, ApiKeyCreated } from "../api/types";
import { useTenant } from "../app/SignedIn";
import { confirmAction } from "../components/confirmAction";
import { CopyText } from "../components/CopyText";
import styles from "../components/components.module.css";
import { FormError } from "../components/FormError";
import { EmptyState, Loaded } from "../components/ListStates";
import { notifySuccess, notifyError } from "../components/notify";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { DataTable } from "../components/DataTable";
import { StateBadge } from "../components/StateBadge";
import { useFormErrors } from "../components/useFormErrors";
import { Timestamp } from "../components/Timestamp";
import { humanize } from "../format/text";

const listPath = "/providers/{tenant}/api-keys";

export function ApiKeysPage() {
  const tenant = useTenant();
  const keys = $api.useQuery("get", listPath, { params: { path: { tenant: tenant.id } } });
  const [created, setCreated] = useState<ApiKeyCreated | null>(null);
  return (
    <>
      <PageHeader
        title="API keys"
        lead={
          <>
            Your cart uses a key to report purchases and reversals to SMP. The{" "}
            <Anchor href="/docs" target="_blank" rel="noreferrer" underline="always" inherit>
              API documentation
            </Anchor>{" "}
            says how.
          </>
        }
      />
      <Stack gap="lg">
        <KeyForm onCreated={setCreated} />
        <Loaded query={keys}>
          {({ items }) =>
            items.length === 0 ? (
              <EmptyState title="No keys yet">
                Create one key per system, so that you can revoke each one separately.
              </EmptyState>
            ) : (
              <ApiKeyTable keys={items} />
            )
          }
        </Loaded>
      </Stack>
      <Modal
        opened={created !== null}
        onClose={() => setCreated(null)}
        title="Your new key"
        closeOnClickOutside={false}
        size="lg"
      >
        {created && <NewSecret created={created} onDone={() => setCreated(null)} />}
      </Modal>
    </>
  );
}

function KeyForm({ onCreated }: { onCreated: (created: ApiKeyCreated) => void }) {
  const tenant = useTenant();
  const form = useForm({
    initialValues: { name: "" },
    validate: {
      name: isNotEmpty("Enter where the key will be used."),
    },
  });
  const errors = useFormErrors(form);
  const create = $api.useMutation("post", listPath, {
    onSuccess: async (created) => {
      form.reset();
      onCreated(created);
      await refresh(listPath);
    },
    onError: errors.show,
  });
  return (
    <Panel title="New key">
      <form
        noValidate
        onSubmit={errors.onSubmit(({ name }) => {
          create.mutate({
            params: { path: { tenant: tenant.id } },
            body: { name: name.trim(), scopes: ["postbacks"] },
          });
        })}
      >
        <Stack>
          <FormError message={errors.general} />
          <Group align="flex-start">
            <TextInput
              label="Name"
              placeholder="Our web shop"
              style={{ flex: "1 1 14rem" }}
              {...form.getInputProps("name")}
            />
            <Button type="submit" loading={create.isPending} mt={27}>
              Create key
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}

function NewSecret({ created, onDone }: { created: ApiKeyCreated; onDone: () => void }) {
  return (
    <Stack>
      <Text size="sm">
        Copy the secret of “{created.key.name}” now. We don’t store it, so it can’t be shown again.
      </Text>
      <code className={styles.secret} data-testid="api-key-secret">
        {created.secret}
      </code>
      <Group justify="space-between">
        <CopyText value={created.secret} label="Copy secret" />
        <Button onClick={onDone}>I’ve copied it</Button>
      </Group>
    </Stack>
  );
}

function ApiKeyTable({ keys }: { keys: ApiKey[] }) {
  const tenant = useTenant();
  const revoke = $api.useMutation("delete", "/providers/{tenant}/api-keys/{key}", {
    onSuccess: async () => {
      await refresh(listPath);
      notifySuccess("Key revoked.");
    },
    onError: notifyError,
  });
  const ask = (key: ApiKey) =>
    confirmAction({
      title: `Revoke ${key.name}?`,
      message: "Systems that use this key lose access immediately. This cannot be undone.",
      action: "Revoke key",
      onConfirm: () => revoke.mutate({ params: { path: { tenant: tenant.id, key: key.id } } }),
    });
  return (
    <DataTable
      label="API keys"
      rows={keys}
      rowKey={(key) => key.id}
      columns={[
        {
          header: "Name",
          cell: (key) => (
            <Text span fw={550}>
              {key.name}
            </Text>
          ),
        },
        { header: "Prefix", cell: (key) => <code>{key.prefix}</code> },
        { header: "Scopes", cell: (key) => key.scopes.map(humanize).join(", ") },
        { header: "Created", cell: (key) => <Timestamp at={key.created_at} />, kind: "dim" },
        {
          header: "State",
          cell: (key) => <StateBadge state={key.revoked_at == null ? "active" : "revoked"} />,
        },
        {
          header: "Action",
          kind: "number",
          cell: (key) =>
            key.revoked_at == null ? (
              <Button
                size="xs"
                variant="default"
                onClick={() => ask(key)}
                aria-label={`Revoke ${key.name}`}
              >
                Revoke
              </Button>
            ) : null,
        },
      ]}
    />
  );
}
