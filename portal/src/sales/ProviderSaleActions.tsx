import { Button } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";
import { $api, refresh } from "../api/client";
import type { Sale } from "../api/types";
import { useHasRole, useWorkspace } from "../app/SignedIn";
import { confirmAction } from "../components/confirmAction";
import { notifyError, notifySuccess } from "../components/notify";
import { ReasonDialog } from "../components/ReasonDialog";
import { isOver, wasPublished } from "./saleState";

const affectedPaths = [
  "/providers/{tenant}/sales",
  "/providers/{tenant}/sales/{sale}",
  "/providers/{tenant}/sales/{sale}/revisions",
] as const;

const dialogs = {
  halt: {
    title: "Pause this sale?",
    message:
      "Buying stops immediately. Shoppers can still pay for what they hold, their time stands still, and you can resume the sale.",
    action: "Pause sale",
    dismiss: "Cancel",
  },
  cancel: {
    title: "Cancel this sale?",
    message:
      "The sale ends permanently and cannot be resumed. Orders stand, and shoppers can still pay for what they hold. Everyone who registered, waits or has bought gets an email.",
    action: "Cancel sale",
    dismiss: "Keep sale",
  },
} as const;

/** What a provider does with its own sale: pause, cancel, duplicate, delete. */
export function ProviderSaleActions({ sale }: { sale: Sale }) {
  const mayEdit = useHasRole("owner", "editor");
  const [asking, setAsking] = useState<"halt" | "cancel" | null>(null);
  const params = { path: { tenant: sale.tenant.id, sale: sale.id } };
  const done = (message: string) => async () => {
    setAsking(null);
    await refresh(...affectedPaths);
    notifySuccess(message);
  };
  const halt = $api.useMutation("post", "/providers/{tenant}/sales/{sale}/halt", {
    onSuccess: done("Sale paused."),
  });
  const cancel = $api.useMutation("post", "/providers/{tenant}/sales/{sale}/cancel", {
    onSuccess: done("Sale cancelled."),
  });
  if (!mayEdit) return null;
  const running = asking === "halt" ? halt : cancel;
  const halted = sale.state === "halted";
  return (
    <>
      <DuplicateButton sale={sale} />
      {sale.can_be_deleted && <DeleteButton sale={sale} />}
      {sale.state === "approved" && !isOver(sale) && (
        <Button variant="default" onClick={() => setAsking("halt")}>
          Pause
        </Button>
      )}
      {(sale.state === "approved" || (halted && sale.halted_by_provider)) && !isOver(sale) && (
        <Button
          variant="default"
          c="var(--mantine-color-error)"
          onClick={() => setAsking("cancel")}
        >
          Cancel sale
        </Button>
      )}
      {asking !== null && (
        <ReasonDialog
          opened
          onClose={() => setAsking(null)}
          {...dialogs[asking]}
          destructive
          pending={running.isPending}
          error={running.error}
          onSubmit={(reason) => running.mutate({ params, body: { reason } })}
        />
      )}
    </>
  );
}

function DuplicateButton({ sale }: { sale: Sale }) {
  const { base } = useWorkspace();
  const navigate = useNavigate();
  const duplicate = $api.useMutation("post", "/providers/{tenant}/sales/{sale}/duplicate", {
    onSuccess: async (copy) => {
      await refresh("/providers/{tenant}/sales");
      notifySuccess("This is the copy. Check its dates, then submit it.");
      await navigate(`${base}/sales/${copy.id}`);
    },
    onError: notifyError,
  });
  const ask = () =>
    confirmAction({
      title: "Duplicate this sale?",
      message:
        "The copy is a draft with the same items, prices and terms. Dates that have passed move by whole weeks into the future.",
      action: "Duplicate",
      destructive: false,
      onConfirm: () =>
        duplicate.mutate({ params: { path: { tenant: sale.tenant.id, sale: sale.id } } }),
    });
  return (
    <Button variant="default" loading={duplicate.isPending} onClick={ask}>
      Duplicate
    </Button>
  );
}

function DeleteButton({ sale }: { sale: Sale }) {
  const { base } = useWorkspace();
  const navigate = useNavigate();
  const remove = $api.useMutation("delete", "/providers/{tenant}/sales/{sale}", {
    onSuccess: async () => {
      await navigate(`${base}/sales`);
      await refresh("/providers/{tenant}/sales");
      notifySuccess("Sale deleted.");
    },
    onError: notifyError,
  });
  const ask = () =>
    confirmAction({
      title: "Delete this sale?",
      message: wasPublished(sale)
        ? "Nobody took part in it. The sale, its figures and its page are deleted. This cannot be undone."
        : "The draft and its submissions are deleted. This cannot be undone.",
      action: "Delete sale",
      onConfirm: () =>
        remove.mutate({ params: { path: { tenant: sale.tenant.id, sale: sale.id } } }),
    });
  return (
    <Button
      variant="default"
      c="var(--mantine-color-error)"
      loading={remove.isPending}
      onClick={ask}
    >
      Delete
    </Button>
  );
}
