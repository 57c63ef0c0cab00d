import { Alert, Anchor, Text } from "@mantine/core";
import { Link } from "react-router";
import type { Sale } from "../api/types";
import { useHasRole, useWorkspace } from "../app/SignedIn";

/** On a hosted sale's page: that its provider cannot be paid, so that it is not approved and sells nothing. */
export function SalePayoutsNotice({ sale }: { sale: Sale }) {
  const workspace = useWorkspace();
  const isOwner = useHasRole("owner");
  const maySeeAll = useHasRole("admin", "manager", "finance");
  const over = sale.phase === "ended" || sale.state === "cancelled" || sale.state === "rejected";
  if (sale.payouts_ready || over) return null;
  const isStaff = workspace.kind === "staff";
  return (
    <Alert color="brick" title="Payouts are not set up" role="status" mb="md">
      <Text size="sm">
        {isStaff
          ? "This sale cannot be approved, and sells nothing, before its provider can be paid."
          : "SMP cannot approve this sale, and it sells nothing, before you can be paid. The owner of your shop sets payouts up."}
      </Text>
      {(isStaff ? maySeeAll : isOwner) && (
        <Anchor
          component={Link}
          to={`${workspace.base}/payouts`}
          size="sm"
          underline="always"
          mt={6}
          display="inline-block"
        >
          {isStaff ? "Open payouts" : "Set up payouts"}
        </Anchor>
      )}
    </Alert>
  );
}
