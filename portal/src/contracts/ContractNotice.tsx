import { Alert, Anchor, Text } from "@mantine/core";
import { Link } from "react-router";
import { $api } from "../api/client";
import type { Sale } from "../api/types";
import { useHasRole, useTenant, useWorkspace } from "../app/SignedIn";
import { ContractStanding } from "./ContractsPage";

/** On the owner's overview: what the contract waits for. */
export function OwnerContractNotice() {
  const isOwner = useHasRole("owner");
  const tenant = useTenant();
  const { base } = useWorkspace();
  const contracts = $api.useQuery(
    "get",
    "/providers/{tenant}/contracts",
    { params: { path: { tenant: tenant.id } } },
    { enabled: isOwner },
  );
  if (!contracts.data) return null;
  return <ContractStanding list={contracts.data} base={base} />;
}

/** On a sale's page: that the contract keeps it, or will keep it, from selling. */
export function SaleContractNotice({ sale }: { sale: Sale }) {
  const workspace = useWorkspace();
  const isOwner = useHasRole("owner");
  const isStaff = workspace.kind === "staff";
  const over = sale.phase === "ended" || sale.state === "cancelled" || sale.state === "rejected";
  if (sale.contract === "in_force" || over) return null;
  const missing = sale.contract === "missing";
  const to = isStaff
    ? `${workspace.base}/providers/${sale.tenant.id}`
    : `${workspace.base}/contracts`;
  return (
    <Alert
      color={missing ? "brick" : "gray"}
      title={missing ? "No contract is in force" : "The contract ends before this sale does"}
      role="status"
      mb="md"
    >
      <Text size="sm">
        {missing
          ? "This sale goes live only when the provider’s owner and SMP have signed the contract. Until then, shoppers read that the seller is not selling at the moment."
          : "A newer version is to be signed. Without it, this sale stops selling when the present contract ends."}
      </Text>
      {(isStaff || isOwner) && (
        <Anchor component={Link} to={to} size="sm" underline="always" mt={6} display="inline-block">
          {isStaff ? "Open the provider" : "Open the contract"}
        </Anchor>
      )}
    </Alert>
  );
}
