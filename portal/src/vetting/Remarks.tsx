import { Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import type { VettingRemark } from "../api/types";
import { FormError } from "../components/FormError";
import { Loaded } from "../components/ListStates";
import { Panel } from "../components/Panel";
import { formatDateTime } from "../format/time";
import styles from "../providers/providers.module.css";

const commentsPath = "/providers/{tenant}/vetting-comments";
const notesPath = "/providers/{tenant}/vetting-notes";

/** What the provider's owners and SMP write to each other. */
export function VettingComments({ tenant }: { tenant: string }) {
  const params = { path: { tenant } };
  const comments = $api.useQuery("get", commentsPath, { params });
  const create = $api.useMutation("post", commentsPath, {
    onSuccess: () => refresh(commentsPath),
  });
  return (
    <Panel title="Comments">
      <Loaded query={comments}>{({ items }) => <RemarkList remarks={items} />}</Loaded>
      <RemarkForm
        label="Comment"
        description="The provider’s owners and SMP read it."
        pending={create.isPending}
        error={create.error}
        send={(text) => create.mutateAsync({ params, body: { text } })}
      />
    </Panel>
  );
}

/** What SMP notes about a provider, for itself. */
export function VettingNotes({ tenant }: { tenant: string }) {
  const params = { path: { tenant } };
  const notes = $api.useQuery("get", notesPath, { params });
  const create = $api.useMutation("post", notesPath, { onSuccess: () => refresh(notesPath) });
  return (
    <Panel title="Notes">
      <Loaded query={notes}>{({ items }) => <RemarkList remarks={items} />}</Loaded>
      <RemarkForm
        label="Note"
        description="Only SMP’s managers read it."
        pending={create.isPending}
        error={create.error}
        send={(text) => create.mutateAsync({ params, body: { text } })}
      />
    </Panel>
  );
}

function RemarkList({ remarks }: { remarks: VettingRemark[] }) {
  if (remarks.length === 0)
    return (
      <Text size="sm" c="dimmed">
        Nothing yet.
      </Text>
    );
  return (
    <ul className={styles.requirements}>
      {remarks.map((remark, index) => (
        // The list only grows at its end.
        <li key={index}>
          <Text size="sm" c="dimmed">
            {remark.by ?? "Someone"}
            {remark.by_smp && ", SMP"}, {formatDateTime(remark.at)}
          </Text>
          <Text style={{ whiteSpace: "pre-wrap" }}>{remark.text}</Text>
        </li>
      ))}
    </ul>
  );
}

interface RemarkFormProps {
  label: string;
  description: string;
  pending: boolean;
  error: unknown;
  send: (text: string) => Promise<unknown>;
}

function RemarkForm({ label, description, pending, error, send }: RemarkFormProps) {
  const [text, setText] = useState("");
  const submit = async () => {
    try {
      await send(text.trim());
      setText("");
    } catch {
      // Shown as `error`; what was typed stays.
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Stack gap="xs" mt="md" maw={640}>
        <FormError message={error} />
        <Textarea
          label={label}
          description={description}
          autosize
          minRows={2}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Group>
          <Button type="submit" variant="default" loading={pending} disabled={text.trim() === ""}>
            Add {label.toLowerCase()}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
