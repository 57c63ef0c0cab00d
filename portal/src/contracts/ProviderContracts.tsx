import { Stack, Text } from "@mantine/core";
import { $api } from "../api/client";
import { staffBase } from "../app/workspace";
import { Loaded } from "../components/ListStates";
import { Panel } from "../components/Panel";
import { formatDateTime } from "../format/time";
import { ContractTable } from "./ContractsPage";

/** A provider's contracts, on its page for SMP's team. */
export function ProviderContracts({ tenant }: { tenant: string }) {
  const contracts = $api.useQuery("get", "/providers/{tenant}/contracts", {
    params: { path: { tenant } },
  });
  return (
    <Panel title="Contract">
      <Loaded query={contracts}>
        {({ in_force, in_force_until, items }) => (
          <Stack>
            <Text size="sm">
              {!in_force
                ? "No contract is in force, so this provider’s sales sell nothing."
                : in_force_until == null
                  ? "A contract is in force."
                  : `A contract is in force until ${formatDateTime(in_force_until)}.`}
            </Text>
            {items.length > 0 && (
              <ContractTable
                contracts={items}
                linkTo={({ id }) => `${staffBase}/contracts/${tenant}/${id}`}
              />
            )}
          </Stack>
        )}
      </Loaded>
    </Panel>
  );
}
