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

/** The review state of a sale and the next step. */
export function SaleBanner({ sale, unsaved }: { sale: Sale; unsaved: boolean }) {
  const mayEdit = useHasRole("owner", "editor");
  const canBeSubmitted =
    !sale.in_review &&
    (sale.state === "draft" ||
      sale.state === "changes_requested" ||
      (sale.state === "approved" && sale.has_unsubmitted_changes));
  return (
    <Stack mb="xl" className={styles.banner ?? ""}>
      <StoppedNotice sale={sale} />
      <DecisionNotice sale={sale} />
      {sale.in_review && <InReviewNotice sale={sale} mayWithdraw={mayEdit} />}
      {mayEdit && canBeSubmitted && <SubmitPanel sale={sale} unsaved={unsaved} />}
    </Stack>
  );
}

function DecisionNotice({ sale }: { sale: Sale }) {
  const decision = sale.last_decision;
  if (decision == null || decision.decision === "approve" || sale.in_review) return null;
  const rejected =
    sale.state === "rejected" ? "SMP rejected this sale" : "SMP rejected your changes";
  const title = decision.decision === "reject" ? rejected : "SMP has asked for changes";
  return (
    <Alert color="brick" title={title} role="status">
      <Text style={{ whiteSpace: "pre-line" }}>{decision.reason}</Text>
      <Text size="sm" c="dimmed" mt={6}>
        {formatDateTime(decision.decided_at)}
      </Text>
    </Alert>
  );
}

function InReviewNotice({ sale, mayWithdraw }: { sale: Sale; mayWithdraw: boolean }) {
  const isPublic = sale.state !== "submitted";
  const withdraw = $api.useMutation("post", "/providers/{tenant}/sales/{sale}/withdraw", {
    onSuccess: async () => {
      await refresh(...affectedPaths);
      notifySuccess("Submission withdrawn. You can edit the sale again.");
    },
    onError: notifyError,
  });
  const ask = () =>
    confirmAction({
      title: "Withdraw this submission?",
      message: isPublic
        ? "Your changes are kept, but lose their position in the review queue."
        : "The sale becomes a draft again and loses its position in the review queue.",
      action: "Withdraw",
      onConfirm: () =>
        withdraw.mutate({ params: { path: { tenant: sale.tenant.id, sale: sale.id } } }),
    });
  return (
    <Alert
      color="gray"
      title={isPublic ? "SMP is reviewing your changes" : "SMP is reviewing this sale"}
    >
      <Group justify="space-between">
        <Text size="sm">
          We’ll email you the decision. You can’t edit the sale until then.
          {isPublic && " Shoppers keep seeing the approved version."}
        </Text>
        {mayWithdraw && (
          <Button variant="default" size="xs" loading={withdraw.isPending} onClick={ask}>
            Withdraw
          </Button>
        )}
      </Group>
    </Alert>
  );
}

function SubmitPanel({ sale, unsaved }: { sale: Sale; unsaved: boolean }) {
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
            {unsaved
              ? "You have changes that are not saved. Save the sale before you submit it."
              : sale.state === "approved"
                ? "Shoppers see the approved version. Submit your changes for review."
                : "SMP reviews the sale as you saved it."}
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
            <Button type="submit" loading={submit.isPending} disabled={unsaved}>
              Submit for review
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
