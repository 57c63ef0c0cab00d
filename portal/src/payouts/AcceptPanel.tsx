import { Button, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import type { Dispute } from "../api/types";
import { useHasRole } from "../app/SignedIn";
import { confirmAction } from "../components/confirmAction";
import { FormError } from "../components/FormError";
import { notifySuccess } from "../components/notify";
import { Panel } from "../components/Panel";
import { formatMoney } from "../format/money";

/** Gives a dispute up, for finance, while it waits for an answer. */
export function AcceptPanel({ dispute }: { dispute: Dispute }) {
  const isFinance = useHasRole("admin", "finance");
  const [wrong, setWrong] = useState<unknown>();
  const accept = $api.useMutation("post", "/disputes/{dispute}/acceptance");
  if (!isFinance || dispute.state !== "needs_response" || dispute.evidence_submitted) return null;
  const money = formatMoney(dispute.amount);
  const send = () => {
    setWrong(undefined);
    accept
      .mutateAsync({ params: { path: { dispute: dispute.id } } })
      .then(async () => {
        await refresh("/disputes", "/disputes/{dispute}", "/disputes/{dispute}/evidence");
        notifySuccess("The dispute is accepted.");
      })
      .catch(setWrong);
  };
  return (
    <Panel title="Accept the dispute">
      <Stack gap="sm" align="flex-start">
        <Text size="sm">
          If the shopper is right, accept the dispute: {money} goes back by their bank, and no
          evidence is needed.
        </Text>
        <FormError message={wrong} />
        <Button
          variant="default"
          loading={accept.isPending}
          onClick={() =>
            confirmAction({
              title: "Accept the dispute?",
              message: `The shopper keeps ${money}, at the expense of the order’s providers. This cannot be undone.`,
              action: "Accept the dispute",
              onConfirm: send,
            })
          }
        >
          Accept the dispute
        </Button>
      </Stack>
    </Panel>
  );
}
