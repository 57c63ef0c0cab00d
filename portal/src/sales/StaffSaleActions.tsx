import { Button } from "@mantine/core";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import type { Sale } from "../api/types";
import { useHasRole } from "../app/SignedIn";
import { notifySuccess, notifyError } from "../components/notify";
import { ReasonDialog } from "../components/ReasonDialog";

const affectedPaths = [
  "/providers/{tenant}/sales/{sale}",
  "/sales-overview",
  "/statistics/summary",
] as const;

const dialogs = {
  halt: {
    title: "Halt this sale?",
    message:
      "Buying stops at once. Holds and orders stay as they are, and the sale can be resumed.",
    action: "Halt sale",
  },
  cancel: {
    title: "Cancel this sale?",
    message: "It ends for good and cannot be resumed. Orders that were placed stay as they are.",
    action: "Cancel sale",
  },
} as const;

export function StaffSaleActions({ sale }: { sale: Sale }) {
  const mayDecide = useHasRole("admin", "manager");
  const mayFeature = useHasRole("admin", "manager", "marketing");
  const [asking, setAsking] = useState<"halt" | "cancel" | null>(null);
  const params = { path: { tenant: sale.tenant.id, sale: sale.id } };
  const done = (words: string) => async () => {
    setAsking(null);
    await refresh(...affectedPaths);
    notifySuccess(words);
  };
  const halt = $api.useMutation("post", "/providers/{tenant}/sales/{sale}/halt", {
    onSuccess: done("The sale is halted."),
  });
  const cancel = $api.useMutation("post", "/providers/{tenant}/sales/{sale}/cancel", {
    onSuccess: done("The sale is cancelled."),
  });
  const feature = $api.useMutation("put", "/providers/{tenant}/sales/{sale}/featured", {
    onSuccess: done(sale.featured ? "No longer featured." : "Featured on the home page."),
    onError: notifyError,
  });
  const running = asking === "halt" ? halt : cancel;
  return (
    <>
      {mayFeature && sale.state === "approved" && (sale.featured || sale.phase !== "ended") && (
        <Button
          variant="default"
          loading={feature.isPending}
          onClick={() => feature.mutate({ params, body: { featured: !sale.featured } })}
        >
          {sale.featured ? "Stop featuring" : "Feature"}
        </Button>
      )}
      {mayDecide && sale.state === "approved" && sale.phase !== "ended" && (
        <Button variant="default" onClick={() => setAsking("halt")}>
          Halt
        </Button>
      )}
      {mayDecide &&
        (sale.state === "approved" || sale.state === "halted") &&
        sale.phase !== "ended" && (
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
