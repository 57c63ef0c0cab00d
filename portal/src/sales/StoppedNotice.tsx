import { Alert, Button, Group, Text } from "@mantine/core";
import { $api, refresh } from "../api/client";
import type { Sale } from "../api/types";
import { useHasRole } from "../app/SignedIn";
import { confirmAction } from "../components/confirmAction";
import { notifySuccess, notifyError } from "../components/notify";
import { RowAction } from "../components/DataTable";
import { formatDateTime } from "../format/time";

const affectedPaths = [
  "/providers/{tenant}/sales",
  "/providers/{tenant}/sales/{sale}",
  "/sales-overview",
  "/statistics/summary",
] as const;

/** Why a sale was halted or cancelled, with a button to resume it if the reader may. */
export function StoppedNotice({ sale, mb }: { sale: Sale; mb?: string }) {
  if (sale.state !== "halted" && sale.state !== "cancelled") return null;
  const halted = sale.state === "halted";
  return (
    <Alert
      color="brick"
      variant="filled"
      mb={mb}
      title={`This sale was ${halted ? "halted" : "cancelled"} by ${sale.halted_by_provider ? "its seller" : "SMP"}${sale.stopped_at ? `, ${formatDateTime(sale.stopped_at)}` : ""}`}
      role="alert"
    >
      <Group justify="space-between" align="flex-end">
        <div style={{ flex: "1 1 20rem" }}>
          {sale.halt_reason && (
            <Text fw={550} style={{ whiteSpace: "pre-line", overflowWrap: "anywhere" }}>
              {sale.halt_reason}
            </Text>
          )}
          <Text size="sm" mt={4}>
            {halted
              ? `Shoppers can’t buy until ${sale.halted_by_provider ? "it is resumed" : "SMP resumes it"}. Those who hold units can still pay, and their time stands still.`
              : "The sale has ended permanently. Orders stand, and everyone who registered, waits or has bought was told."}
          </Text>
        </div>
        <ResumeButton sale={sale} />
      </Group>
    </Alert>
  );
}

/** Shown while the sale is halted, to managers and to the team that halted it. */
export function ResumeButton({ sale, inRow = false }: { sale: Sale; inRow?: boolean }) {
  const isManager = useHasRole("admin", "manager");
  const isSeller = useHasRole("owner", "editor");
  const mayResume = isManager || (isSeller && sale.halted_by_provider);
  const resume = $api.useMutation("post", "/providers/{tenant}/sales/{sale}/resume", {
    onSuccess: async () => {
      await refresh(...affectedPaths);
      notifySuccess("Sale resumed.");
    },
    onError: notifyError,
  });
  if (!mayResume || sale.state !== "halted") return null;
  const ask = () =>
    confirmAction({
      title: `Resume ${sale.title}?`,
      message: [
        "Buying resumes immediately unless the sale has ended.",
        ...(sale.halt_reason ? [`It was halted for this reason: ${sale.halt_reason}`] : []),
      ].join(" "),
      action: "Resume sale",
      destructive: false,
      onConfirm: () =>
        resume.mutate({ params: { path: { tenant: sale.tenant.id, sale: sale.id } } }),
    });
  const button = (
    <Button
      variant="default"
      size={inRow ? "xs" : "sm"}
      loading={resume.isPending}
      onClick={ask}
      aria-label={inRow ? `Resume ${sale.title}` : undefined}
    >
      Resume
    </Button>
  );
  return inRow ? <RowAction>{button}</RowAction> : button;
}
