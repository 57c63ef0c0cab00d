import { Alert, Anchor, Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import { $api } from "../api/client";
import type { Contract, ContractList } from "../api/types";
import { useTenant, useWorkspace } from "../app/SignedIn";
import { DataTable, RowLink } from "../components/DataTable";
import { EmptyState, Loaded } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { StateBadge } from "../components/StateBadge";
import { Timestamp } from "../components/Timestamp";
import { formatDateTime } from "../format/time";

/** The contracts of a provider, for its owner: what is to be signed, and what was. */
export function ContractsPage() {
  const tenant = useTenant();
  const { base } = useWorkspace();
  const contracts = $api.useQuery("get", "/providers/{tenant}/contracts", {
    params: { path: { tenant: tenant.id } },
  });
  return (
    <>
      <PageHeader
        title="Contract"
        lead="What you guarantee to shoppers, and what SMP does for you. Your sales go live only with a contract in force."
      />
      <Loaded query={contracts}>
        {(list) => (
          <Stack gap="lg">
            <ContractStanding list={list} base={base} />
            {list.items.length === 0 ? (
              <EmptyState title="No contract yet">
                SMP offers you the contract once you have applied. We’ll email you then.
              </EmptyState>
            ) : (
              <ContractTable
                contracts={list.items}
                linkTo={({ id }) => `${base}/contracts/${id}`}
              />
            )}
          </Stack>
        )}
      </Loaded>
    </>
  );
}

/** Whether a contract is in force, and what to do about it. Nothing when nothing is to be done. */
export function ContractStanding({ list, base }: { list: ContractList; base: string }) {
  const [newest] = list.items;
  if (newest === undefined) return null;
  const link = (text: string) => (
    <Anchor component={Link} to={`${base}/contracts/${newest.id}`} size="sm" underline="always">
      {text}
    </Anchor>
  );
  const until = list.in_force_until;
  if (newest.state === "offered")
    return (
      <Alert
        color={list.in_force ? "gray" : "brick"}
        title={list.in_force ? "A new contract is ready to sign" : "Your contract is not signed"}
      >
        <Text size="sm" mb={6}>
          {list.in_force && until != null
            ? `Your present contract stays in force until ${formatDateTime(until)}. After that, your sales sell nothing until you and SMP have signed the new one.`
            : "Your sales go live once you and SMP have signed it."}
        </Text>
        {link("Read and sign the contract")}
      </Alert>
    );
  if (newest.state === "signed")
    return (
      <Alert color="gray" title="SMP has yet to sign">
        <Text size="sm" mb={6}>
          You signed version {newest.number}. We’ll email you when SMP has signed it too.
          {!list.in_force && " Your sales go live then."}
        </Text>
        {link("Read the contract")}
      </Alert>
    );
  return null;
}

export function ContractTable({
  contracts,
  linkTo,
  withProvider = false,
}: {
  contracts: Contract[];
  linkTo: (contract: Contract) => string;
  withProvider?: boolean;
}) {
  return (
    <DataTable
      label="Contracts"
      rows={contracts}
      rowKey={(contract) => contract.id}
      columns={[
        {
          header: "Contract",
          cell: (contract) => (
            <div>
              <RowLink to={linkTo(contract)}>
                {withProvider ? contract.provider.name : contract.title}
              </RowLink>
              {withProvider && (
                <Text size="sm" c="dimmed">
                  {contract.title}
                </Text>
              )}
            </div>
          ),
        },
        { header: "Version", cell: (contract) => contract.number },
        {
          header: "Offered",
          cell: (contract) => <Timestamp at={contract.offered_at} />,
          kind: "dim",
        },
        {
          header: "Signed",
          cell: (contract) =>
            contract.signature == null ? "" : <Timestamp at={contract.signature.signed_at} />,
          kind: "dim",
        },
        {
          header: "State",
          cell: (contract) => <StateBadge state={contractState(contract)} />,
        },
      ]}
    />
  );
}

/** A counter-signed contract that has ended is shown as expired. */
export function contractState(contract: Contract): string {
  return contract.state === "countersigned" && !contract.in_force ? "expired" : contract.state;
}
