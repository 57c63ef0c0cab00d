import { Alert, Button, Group, Text } from "@mantine/core";
import { $api, refresh } from "../api/client";
import type { Sale } from "../api/types";
import { useHasRole } from "../app/SignedIn";
import { confirmAction } from "../components/confirmAction";
import { notifySuccess, notifyError } from "../components/notify";
import { RowAction } from "../components/DataTable";

const affectedPaths = [
  "/providers/{tenant}/sales",
  "/providers/{tenant}/sales/{sale}",
  "/sales-overview",
  "/statistics/summary",
] as const;

/** Why a sale was stopped, and the way on for those who may choose it. */
export function StoppedNotice({ sale, mb }: { sale: Sale; mb?: string }) {
  if (sale.state !== "halted" && sale.state !== "cancelled") return null;
  const halted = sale.state === "halted";
  return (
    <Alert
      color="brick"
      variant="filled"
      mb={mb}
      title={halted ? "This sale is halted" : "This sale is cancelled"}
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
              ? "Nothing is sold until SMP resumes it. Who holds units can still pay for them."
              : "It ended for good. Orders that were placed stay as they are."}
          </Text>
        </div>
        <ResumeButton sale={sale} />
      </Group>
    </Alert>
  );
}

/** For managers, and only while the sale is halted. */
export function ResumeButton({ sale, inRow = false }: { sale: Sale; inRow?: boolean }) {
  const mayDecide = useHasRole("admin", "manager");
  const resume = $api.useMutation("post", "/providers/{tenant}/sales/{sale}/resume", {
    onSuccess: async () => {
      await refresh(...affectedPaths);
      notifySuccess("The sale goes on.");
    },
    onError: notifyError,
  });
  if (!mayDecide || sale.state !== "halted") return null;
  const ask = () =>
    confirmAction({
      title: `Resume ${sale.title}?`,
      message: `Buying goes on at once, if its time is not over.${sale.halt_reason ? ` It was halted because: ${sale.halt_reason}` : ""}`,
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
