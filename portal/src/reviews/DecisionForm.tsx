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
import { guaranteedQuantities, InventoryProof, verifiedInput } from "./InventoryProof";

const successMessages: Record<ReviewDecision, string> = {
  approve: "Approved. The sale follows its clock from here.",
  request_changes: "The provider is told what to change.",
  reject: "Rejected. The provider is told why.",
};

/** Decides on exactly the content shown: its hash goes along, and other content would be refused. */
export function DecisionForm({ revision }: { revision: Revision }) {
  const navigate = useNavigate();
  const [reason, setReason] = useState("");
  const [missing, setMissing] = useState(false);
  const [verified, setVerified] = useState(() => guaranteedQuantities(revision.content));
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
        verified: decision === "approve" ? verifiedInput(revision.content, verified) : [],
      },
    });
  const withReason = (next: () => void) => () => {
    if (reason.trim() === "") setMissing(true);
    else next();
  };
  const reject = () =>
    confirmAction({
      title: "Reject for good?",
      message:
        "A rejected sale cannot be submitted again. Ask for changes if it could still become a good one.",
      action: "Reject sale",
      onConfirm: () => send("reject"),
    });
  const sent = decide.isPending ? decide.variables.body.decision : null;
  return (
    <Panel title="Decision">
      <Stack gap="sm">
        <Textarea
          label="Reason"
          description="The provider reads it. Needed unless you approve."
          autosize
          minRows={4}
          value={reason}
          error={missing ? "Say what should change, or why it cannot be." : undefined}
          onChange={(event) => {
            setReason(event.currentTarget.value);
            setMissing(false);
          }}
        />
        <InventoryProof revision={revision} verified={verified} onChange={setVerified} />
        <FormError message={decide.error} />
        <Button
          fullWidth
          loading={sent === "approve"}
          disabled={sent !== null}
          onClick={() => send("approve")}
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
          Approval covers exactly this content, {revision.content_hash.slice(0, 12)}.
        </Text>
      </Stack>
    </Panel>
  );
}
