import {
  Anchor,
  Button,
  Checkbox,
  Group,
  Modal,
  NativeSelect,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import type { ApiKey, ApiKeyCreated, ApiKeyScope } from "../api/types";
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
import { InstantInput } from "../components/InstantInput";
import { humanize } from "../format/text";
import { isUnused, keyState } from "./apiKeys";

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
            Your servers use keys: a cart reports purchases, a warehouse ships parcels and reports
            its stock, a till redeems vouchers, an accounting system reads orders, without who
            ordered. The{" "}
            <Anchor href="/docs" target="_blank" rel="noreferrer" underline="always" inherit>
              API documentation
            </Anchor>{" "}
            says how.
          </>
        }
      />
      <Stack gap="lg">
        <Loaded query={keys}>
          {({ items, scopes }) => (
            <>
              <KeyForm scopes={scopes} onCreated={setCreated} />
              {items.length === 0 ? (
                <EmptyState title="No keys yet">
                  Create one key per system, so that you can revoke each one separately.
                </EmptyState>
              ) : (
                <ApiKeyTable keys={items} scopes={scopes} onCreated={setCreated} />
              )}
            </>
          )}
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

interface KeyFormProps {
  scopes: ApiKeyScope[];
  onCreated: (created: ApiKeyCreated) => void;
}

function KeyForm({ scopes, onCreated }: KeyFormProps) {
  const tenant = useTenant();
  const form = useForm({
    initialValues: { name: "", scopes: [] as string[], expires_at: "" },
    validate: {
      name: isNotEmpty("Enter where the key will be used."),
      scopes: (chosen) => (chosen.length === 0 ? "Choose what the key may do." : null),
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
        onSubmit={errors.onSubmit(({ name, scopes: chosen, expires_at }) => {
          create.mutate({
            params: { path: { tenant: tenant.id } },
            body: {
              name: name.trim(),
              scopes: chosen,
              ...(expires_at !== "" && { expires_at }),
            },
          });
        })}
      >
        <Stack>
          <FormError message={errors.general} />
          <TextInput label="Name" placeholder="Our web shop" {...form.getInputProps("name")} />
          <Checkbox.Group label="The key may" {...form.getInputProps("scopes")}>
            <Stack gap={6} mt={6}>
              {scopes.map((scope) => (
                <Checkbox key={scope.name} value={scope.name} label={humanize(scope.words)} />
              ))}
            </Stack>
          </Checkbox.Group>
          <InstantInput
            label="Expires"
            description="Leave it empty for a key that does not expire."
            {...form.getInputProps("expires_at")}
          />
          <Group>
            <Button type="submit" loading={create.isPending}>
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

interface ApiKeyTableProps extends KeyFormProps {
  keys: ApiKey[];
}

function ApiKeyTable({ keys, scopes, onCreated }: ApiKeyTableProps) {
  const tenant = useTenant();
  const [rotating, setRotating] = useState<ApiKey | null>(null);
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
  const words = (name: string) => scopes.find((scope) => scope.name === name)?.words ?? name;
  return (
    <>
      <DataTable
        label="API keys"
        rows={keys}
        rowKey={(key) => key.id}
        columns={[
          {
            header: "Name",
            cell: (key) => (
              <>
                <Text span fw={550}>
                  {key.name}
                </Text>
                {isUnused(key) && (
                  <Text size="sm" c="dimmed">
                    Unused for 90 days. Revoke it if nothing needs it.
                  </Text>
                )}
              </>
            ),
          },
          { header: "Prefix", cell: (key) => <code>{key.prefix}</code> },
          { header: "May", cell: (key) => key.scopes.map(words).join(", ") },
          { header: "Created", cell: (key) => <Timestamp at={key.created_at} />, kind: "dim" },
          {
            header: "Last used",
            cell: (key) =>
              key.last_used_at == null ? "Never" : <Timestamp at={key.last_used_at} />,
            kind: "dim",
          },
          {
            header: "Ends",
            cell: (key) => (key.expires_at == null ? "–" : <Timestamp at={key.expires_at} />),
            kind: "dim",
          },
          { header: "State", cell: (key) => <StateBadge state={keyState(key)} /> },
          {
            header: "Action",
            kind: "number",
            cell: (key) =>
              ["revoked", "expired"].includes(keyState(key)) ? null : (
                <Group gap="xs" justify="flex-end" wrap="nowrap">
                  {key.replaced_by == null && (
                    <Button
                      size="xs"
                      variant="default"
                      onClick={() => setRotating(key)}
                      aria-label={`Rotate ${key.name}`}
                    >
                      Rotate
                    </Button>
                  )}
                  <Button
                    size="xs"
                    variant="default"
                    onClick={() => ask(key)}
                    aria-label={`Revoke ${key.name}`}
                  >
                    Revoke
                  </Button>
                </Group>
              ),
          },
        ]}
      />
      <Modal
        opened={rotating !== null}
        onClose={() => setRotating(null)}
        title={`Rotate ${rotating?.name ?? ""}`}
      >
        {rotating && (
          <RotationForm apiKey={rotating} onClose={() => setRotating(null)} onCreated={onCreated} />
        )}
      </Modal>
    </>
  );
}

const hourMs = 3_600_000;
const overlaps = [
  { value: "1", label: "1 hour" },
  { value: "24", label: "24 hours" },
  { value: "168", label: "7 days" },
  { value: "672", label: "28 days" },
];

interface RotationFormProps {
  apiKey: ApiKey;
  onClose: () => void;
  onCreated: (created: ApiKeyCreated) => void;
}

/** Makes a successor of a key, which goes on for a chosen time. */
function RotationForm({ apiKey, onClose, onCreated }: RotationFormProps) {
  const tenant = useTenant();
  const [hours, setHours] = useState("24");
  const rotate = $api.useMutation("post", "/providers/{tenant}/api-keys/{key}/rotation", {
    onSuccess: async (created) => {
      onClose();
      onCreated(created);
      await refresh(listPath);
    },
  });
  const endsAt = () => new Date(Date.now() + Number(hours) * hourMs).toISOString();
  return (
    <Stack>
      <Text size="sm">
        You get a new key with the same name and scopes. The old one goes on meanwhile, so that your
        systems can change over one by one, and then ends by itself.
      </Text>
      <NativeSelect
        label="The old key goes on for"
        data={overlaps}
        value={hours}
        onChange={(event) => setHours(event.currentTarget.value)}
      />
      {rotate.error && <FormError message={rotate.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          loading={rotate.isPending}
          onClick={() =>
            rotate.mutate({
              params: { path: { tenant: tenant.id, key: apiKey.id } },
              body: { ends_at: endsAt() },
            })
          }
        >
          Rotate key
        </Button>
      </Group>
    </Stack>
  );
}
