import { Alert, Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import type { Sale } from "../api/types";
import { useHasRole } from "../app/SignedIn";
import { confirmAction } from "../components/confirmAction";
import { FormError } from "../components/FormError";
import { notifySuccess, notifyError } from "../components/notify";
import { Panel } from "../components/Panel";
import { formatDateTime } from "../format/time";
import styles from "./sales.module.css";
import { StoppedNotice } from "./StoppedNotice";

const affectedPaths = [
  "/providers/{tenant}/sales",
  "/providers/{tenant}/sales/{sale}",
  "/providers/{tenant}/sales/{sale}/revisions",
] as const;

/** Where the sale stands with SMP, and the next step that leads on. */
export function SaleBanner({ sale }: { sale: Sale }) {
  const mayEdit = useHasRole("owner", "editor");
  const waitsForSubmission =
    !sale.in_review &&
    (sale.state === "draft" ||
      sale.state === "changes_requested" ||
      (sale.state === "approved" && sale.has_unsubmitted_changes));
  return (
    <Stack mb="xl" className={styles.banner ?? ""}>
      <StoppedNotice sale={sale} />
      <DecisionNotice sale={sale} />
      {sale.in_review && <WithReviewers sale={sale} mayTakeBack={mayEdit} />}
      {mayEdit && waitsForSubmission && <SubmitPanel sale={sale} />}
    </Stack>
  );
}

function DecisionNotice({ sale }: { sale: Sale }) {
  const decision = sale.last_decision;
  if (decision == null || decision.decision === "approve" || sale.in_review) return null;
  const rejected =
    sale.state === "rejected" ? "SMP rejected this sale" : "SMP did not accept your changes";
  const title = decision.decision === "reject" ? rejected : "SMP asks for changes";
  return (
    <Alert color="brick" title={title} role="status">
      <Text style={{ whiteSpace: "pre-line" }}>{decision.reason}</Text>
      <Text size="sm" c="dimmed" mt={6}>
        {formatDateTime(decision.decided_at)}
      </Text>
    </Alert>
  );
}

function WithReviewers({ sale, mayTakeBack }: { sale: Sale; mayTakeBack: boolean }) {
  const isPublic = sale.state !== "submitted";
  const withdraw = $api.useMutation("post", "/providers/{tenant}/sales/{sale}/withdraw", {
    onSuccess: async () => {
      await refresh(...affectedPaths);
      notifySuccess("Taken back. You can edit the sale again.");
    },
    onError: notifyError,
  });
  const ask = () =>
    confirmAction({
      title: "Take the submission back?",
      message: isPublic
        ? "Your changes stay with you and lose their place in the review queue. Shoppers see what was approved."
        : "The sale becomes a draft again and loses its place in the review queue.",
      action: "Take back",
      onConfirm: () =>
        withdraw.mutate({ params: { path: { tenant: sale.tenant.id, sale: sale.id } } }),
    });
  return (
    <Alert
      color="gray"
      title={isPublic ? "Your changes are with SMP for review" : "With SMP for review"}
    >
      <Group justify="space-between">
        <Text size="sm">
          You will be told when it is decided. It cannot be edited until then.
          {isPublic && " Shoppers see what was approved."}
        </Text>
        {mayTakeBack && (
          <Button variant="default" size="xs" loading={withdraw.isPending} onClick={ask}>
            Take back
          </Button>
        )}
      </Group>
    </Alert>
  );
}

function SubmitPanel({ sale }: { sale: Sale }) {
  const [note, setNote] = useState("");
  const submit = $api.useMutation("post", "/providers/{tenant}/sales/{sale}/submit", {
    onSuccess: async () => {
      setNote("");
      await refresh(...affectedPaths);
      notifySuccess("Submitted for review.");
    },
  });
  return (
    <Panel
      title={sale.state === "approved" ? "Your changes are not public yet" : "Ready for review?"}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit.mutate({
            params: { path: { tenant: sale.tenant.id, sale: sale.id } },
            body: { note: note.trim() },
          });
        }}
      >
        <Stack>
          <Text size="sm" c="dimmed">
            {sale.state === "approved"
              ? "Shoppers see what was approved. Submit your changes to have them reviewed."
              : "Save the sale first. SMP checks words, pictures and prices exactly as they are saved now."}
          </Text>
          <Textarea
            label="Note for the reviewer"
            autosize
            minRows={2}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          <FormError message={submit.error} />
          <Group>
            <Button type="submit" loading={submit.isPending}>
              Submit for review
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
