import { Button, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";
import { $api, refresh } from "../api/client";
import type { ReviewDecision, Revision } from "../api/types";
import { staffBase } from "../app/workspace";
import { confirmAction } from "../components/confirmAction";
import { FormError } from "../components/FormError";
import { notifySuccess } from "../components/notify";
import { Panel } from "../components/Panel";
import {
  findingsOf,
  guaranteedQuantities,
  InventoryProof,
  isVerifiable,
  useProofDecision,
  useProofs,
} from "./InventoryProof";

const successMessages: Record<ReviewDecision, string> = {
  approve: "Approved. The sale will start on schedule.",
  request_changes: "We’ve told the provider what to change.",
  reject: "Rejected. We’ve told the provider why.",
};

/** Decides on exactly the content shown: its hash is sent along, and the API rejects any other. */
export function DecisionForm({ revision }: { revision: Revision }) {
  const navigate = useNavigate();
  const [reason, setReason] = useState("");
  const [missing, setMissing] = useState(false);
  const [verified, setVerified] = useState(() => guaranteedQuantities(revision.content));
  const proofs = useProofs(revision);
  const verify = useProofDecision(revision);
  const decide = $api.useMutation(
    "post",
    "/providers/{tenant}/sales/{sale}/revisions/{revision}/decision",
    {
      onSuccess: async (_, { body }) => {
        await refresh(
          "/reviews",
          "/sales-overview",
          "/providers/{tenant}/sales/{sale}",
          "/providers/{tenant}/sales/{sale}/revisions",
          "/providers/{tenant}/sales/{sale}/revisions/{revision}",
        );
        notifySuccess(successMessages[body.decision]);
        await navigate(`${staffBase}/reviews`);
      },
    },
  );
  const send = (decision: ReviewDecision) =>
    decide.mutate({
      params: {
        path: { tenant: revision.tenant.id, sale: revision.sale_id, revision: revision.id },
      },
      body: {
        decision,
        content_hash: revision.content_hash,
        reason: reason.trim(),
      },
    });
  const withReason = (next: () => void) => () => {
    if (reason.trim() === "") setMissing(true);
    else next();
  };
  const approve = () => {
    // The quantities in error are marked at their fields.
    if (!isVerifiable(revision.content, verified) || !proofs.data) return;
    const findings = findingsOf(revision.content, verified, proofs.data.items);
    const approveNow = () => send("approve");
    if (findings.length === 0) approveNow();
    else void verify.send(findings).then(approveNow, () => undefined);
  };
  const reject = () =>
    confirmAction({
      title: "Reject this sale?",
      message: "A rejected sale cannot be submitted again. You could ask for changes instead.",
      action: "Reject sale",
      onConfirm: () => send("reject"),
    });
  const sent = decide.isPending ? decide.variables.body.decision : null;
  return (
    <Panel title="Decision">
      <Stack gap="sm">
        <Textarea
          label="Reason"
          description="Shown to the provider. Required unless you approve."
          autosize
          minRows={4}
          value={reason}
          error={missing ? "Explain what should change, or why you reject the sale." : undefined}
          onChange={(event) => {
            setReason(event.currentTarget.value);
            setMissing(false);
          }}
        />
        <InventoryProof revision={revision} verified={verified} onChange={setVerified} />
        <FormError message={decide.error ?? verify.decide.error} />
        <Button
          fullWidth
          loading={sent === "approve" || verify.decide.isPending}
          // Without the proofs, approving could verify one that was refused.
          disabled={sent !== null || !proofs.data}
          onClick={approve}
        >
          Approve
        </Button>
        <Button
          fullWidth
          variant="default"
          loading={sent === "request_changes"}
          disabled={sent !== null}
          onClick={withReason(() => send("request_changes"))}
        >
          Ask for changes
        </Button>
        <Button
          fullWidth
          variant="default"
          c="var(--mantine-color-error)"
          loading={sent === "reject"}
          disabled={sent !== null}
          onClick={withReason(reject)}
        >
          Reject
        </Button>
        <Text size="xs" c="dimmed">
          Your approval covers exactly this content (hash {revision.content_hash.slice(0, 12)}).
        </Text>
      </Stack>
    </Panel>
  );
}
