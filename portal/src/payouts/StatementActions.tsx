import { Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import type { Statement } from "../api/types";
import { useHasRole } from "../app/SignedIn";
import { confirmAction } from "../components/confirmAction";
import { FormError } from "../components/FormError";
import { notifySuccess } from "../components/notify";
import { Panel } from "../components/Panel";
import { ReasonDialog } from "../components/ReasonDialog";
import { formatMoney } from "../format/money";
import styles from "./payouts.module.css";

/** What finance does with a statement, by where it stands. */
export function StatementActions({ statement }: { statement: Statement }) {
  const isFinance = useHasRole("admin", "finance");
  const [wrong, setWrong] = useState<unknown>();
  const [failing, setFailing] = useState(false);
  const params = { path: { tenant: statement.provider.id, statement: statement.id } };
  const approve = $api.useMutation("post", "/providers/{tenant}/statements/{statement}/approval");
  const send = $api.useMutation("post", "/providers/{tenant}/statements/{statement}/transfer");
  const settle = $api.useMutation("post", "/providers/{tenant}/statements/{statement}/outcome");
  const retry = $api.useMutation("post", "/providers/{tenant}/statements/{statement}/retry");
  const pending = approve.isPending || send.isPending || settle.isPending || retry.isPending;
  const run = (call: Promise<Statement>, done: string) => {
    setWrong(undefined);
    return call
      .then(async ({ state }) => {
        await refresh("/statements", "/providers/{tenant}/statements/{statement}");
        if (state !== "failed") notifySuccess(done);
      })
      .catch(setWrong);
  };
  const { state } = statement;
  const money = formatMoney(statement.amount);
  if (!isFinance || state === "paid") return null;
  return (
    <div className={styles.screenOnly}>
      <Panel title="What to do">
        <Stack gap="sm">
          <Text size="sm">{toDo[state]}</Text>
          <FormError message={wrong} />
          <Group>
            {state === "drafted" && (
              <Button
                loading={pending}
                onClick={() => void run(approve.mutateAsync({ params }), "Approved.")}
              >
                Approve
              </Button>
            )}
            {state === "approved" && (
              <Button
                loading={pending}
                onClick={() =>
                  confirmAction({
                    title: `Transfer ${money}?`,
                    message: `${money} goes to the account of ${statement.provider.name} at our payment partner.`,
                    action: "Transfer",
                    destructive: false,
                    onConfirm: () => void run(send.mutateAsync({ params }), "Sent."),
                  })
                }
              >
                Send by transfer
              </Button>
            )}
            {state === "sent" && (
              <>
                <Button
                  loading={pending}
                  onClick={() =>
                    void run(
                      settle.mutateAsync({ params, body: { outcome: "paid" } }),
                      "Noted as paid.",
                    )
                  }
                >
                  The money arrived
                </Button>
                <Button variant="default" disabled={pending} onClick={() => setFailing(true)}>
                  The money came back
                </Button>
              </>
            )}
            {state === "failed" && (
              <Button
                loading={pending}
                onClick={() => void run(retry.mutateAsync({ params }), "It can be sent again.")}
              >
                Retry
              </Button>
            )}
          </Group>
        </Stack>
      </Panel>
      <ReasonDialog
        opened={failing}
        onClose={() => setFailing(false)}
        title="The money came back"
        message={`SMP owes ${statement.provider.name} ${money} again. Its owners get an email.`}
        action="Note it as failed"
        pending={settle.isPending}
        error={wrong}
        onSubmit={(reason) =>
          void run(
            settle.mutateAsync({ params, body: { outcome: "failed", reason } }),
            "Noted as failed.",
          ).then(() => setFailing(false))
        }
      />
    </div>
  );
}

const toDo: Record<Exclude<Statement["state"], "paid">, string> = {
  drafted: "Check the lines, then approve it. Whoever drafted it by hand cannot.",
  approved:
    "Send it by transfer if the provider’s account at our payment partner is ready. Otherwise it goes into the next bank file.",
  sent: "Note what became of the money once the bank or our payment partner says so.",
  failed: "Find out what is wrong, then retry it: it can be sent again as another payment.",
};
