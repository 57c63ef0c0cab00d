import { Button } from "@mantine/core";
import { useState } from "react";
import { $api, api, refresh } from "../api/client";
import type { Sale } from "../api/types";
import { useHasRole } from "../app/SignedIn";
import { confirmAction } from "../components/confirmAction";
import { notifySuccess, notifyError } from "../components/notify";
import { ReasonDialog } from "../components/ReasonDialog";
import { isOver } from "./saleState";

const affectedPaths = [
  "/providers/{tenant}/sales/{sale}",
  "/sales-overview",
  "/statistics/summary",
] as const;

const dialogs = {
  halt: {
    title: "Halt this sale?",
    message:
      "Buying stops immediately. Shoppers can still pay for what they hold, their time stands still, and you can resume the sale.",
    action: "Halt sale",
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

/** SMP may take over the halt of a provider, which only SMP ends then. */
function canBeHalted(sale: Sale): boolean {
  return (
    !isOver(sale) &&
    (sale.state === "approved" || (sale.state === "halted" && sale.halted_by_provider))
  );
}

export function StaffSaleActions({ sale }: { sale: Sale }) {
  const mayDecide = useHasRole("admin", "manager");
  const mayFeature = useHasRole("admin", "manager", "marketing");
  const [asking, setAsking] = useState<"halt" | "cancel" | null>(null);
  const params = { path: { tenant: sale.tenant.id, sale: sale.id } };
  const done = (message: string) => async () => {
    setAsking(null);
    await refresh(...affectedPaths);
    notifySuccess(message);
  };
  const halt = $api.useMutation("post", "/providers/{tenant}/sales/{sale}/halt", {
    onSuccess: done("Sale halted."),
  });
  const cancel = $api.useMutation("post", "/providers/{tenant}/sales/{sale}/cancel", {
    onSuccess: done("Sale cancelled."),
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
          onClick={() =>
            void askToFeature(sale, () =>
              feature.mutate({ params, body: { featured: !sale.featured } }),
            )
          }
        >
          {sale.featured ? "Stop featuring" : "Feature"}
        </Button>
      )}
      {mayDecide && canBeHalted(sale) && (
        <Button variant="default" onClick={() => setAsking("halt")}>
          Halt
        </Button>
      )}
      {mayDecide && (sale.state === "approved" || sale.state === "halted") && !isOver(sale) && (
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

const maxSales = 100;

/** Says which sale loses its place on the home page or comes back to it, if one does. */
async function askToFeature(sale: Sale, onConfirm: () => void): Promise<void> {
  const published = await api
    .GET("/sales-overview", { params: { query: { state: "approved", limit: maxSales } } })
    .catch(() => null);
  const others = (published?.data?.items ?? [])
    .filter((other) => other.id !== sale.id && other.featured_at && !isOver(other))
    .sort((a, b) => (b.featured_at ?? "").localeCompare(a.featured_at ?? ""));
  const [former] = others;
  confirmAction(
    sale.featured
      ? {
          title: `Stop featuring ${sale.title}?`,
          message: former
            ? `The home page then leads with ${former.title} again, which was featured before.`
            : "The home page then leads with no featured sale, until you feature one.",
          action: "Stop featuring",
          destructive: false,
          onConfirm,
        }
      : {
          title: `Feature ${sale.title}?`,
          message: former
            ? `It becomes the lead of the home page, in place of ${former.title}, which comes back when you stop featuring this one.`
            : "It becomes the lead of the home page. Only one sale is featured at a time.",
          action: "Feature sale",
          destructive: false,
          onConfirm,
        },
  );
}
