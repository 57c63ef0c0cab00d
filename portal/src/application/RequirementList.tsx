import { Text } from "@mantine/core";
import { $api } from "../api/client";
import { Loaded } from "../components/ListStates";
import { Panel } from "../components/Panel";
import { DataTable } from "../components/DataTable";
import { StateBadge } from "../components/StateBadge";
import { requirementNames } from "./requirementNames";

/** The vetting requirements and their states, for the provider. */
export function RequirementList({ tenant }: { tenant: string }) {
  const requirements = $api.useQuery("get", "/providers/{tenant}/requirements", {
    params: { path: { tenant } },
  });
  return (
    <Panel title="What SMP checks">
      <Loaded query={requirements}>
        {({ items }) => (
          <DataTable
            label="Requirements"
            rows={items}
            rowKey={(requirement) => requirement.kind}
            columns={[
              {
                header: "Requirement",
                cell: ({ kind }) => (
                  <Text span fw={550}>
                    {requirementNames[kind]}
                  </Text>
                ),
              },
              { header: "Your answer", cell: ({ evidence }) => evidence || "–" },
              { header: "Note from SMP", cell: ({ note }) => note || "", kind: "dim" },
              { header: "State", cell: ({ state }) => <StateBadge state={state} /> },
            ]}
          />
        )}
      </Loaded>
    </Panel>
  );
}
