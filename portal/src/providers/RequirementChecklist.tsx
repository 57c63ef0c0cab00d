import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import type { Requirement, RequirementDecision } from "../api/types";
import { requirementNames } from "../application/requirementNames";
import { Facts } from "../elements/Facts";
import { FormProblem } from "../elements/FormProblem";
import { Loaded } from "../elements/ListStates";
import { tellDone } from "../elements/notices";
import { Panel } from "../elements/Panel";
import { StateBadge } from "../elements/StateBadge";
import { formatDateTime } from "../format/time";
import styles from "./providers.module.css";

const listPath = "/providers/{tenant}/requirements";

/** What must be met or waived before a provider can be approved. */
export function RequirementChecklist({ tenant, mayDecide }: { tenant: string; mayDecide: boolean }) {
  const requirements = $api.useQuery("get", listPath, { params: { path: { tenant } } });
  return (
    <Panel title="Vetting">
      <Loaded query={requirements}>
        {({ items }) => (
          <ul className={styles.requirements}>
            {items.map((requirement) => <RequirementLine key={requirement.kind} tenant={tenant} requirement={requirement} mayDecide={mayDecide} />)}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}

interface RequirementLineProps {
  tenant: string;
  requirement: Requirement;
  mayDecide: boolean;
}

function RequirementLine({ tenant, requirement, mayDecide }: RequirementLineProps) {
  const { kind, state, evidence, note, decided_at } = requirement;
  return (
    <li>
      <Group justify="space-between" mb={4}>
        <Text fw={550}>{requirementNames[kind]}</Text>
        <StateBadge state={state} />
      </Group>
      <Facts
        rows={[
          ["Evidence", evidence || <Text key="none" span inherit c="dimmed">Not given yet</Text>],
          ["Note", note],
          ["Decided", decided_at != null && formatDateTime(decided_at)],
        ]}
      />
      {mayDecide && <RequirementDecisionForm tenant={tenant} requirement={requirement} />}
    </li>
  );
}

function RequirementDecisionForm({ tenant, requirement }: { tenant: string; requirement: Requirement }) {
  const [note, setNote] = useState("");
  const name = requirementNames[requirement.kind];
  const decide = $api.useMutation("put", "/providers/{tenant}/requirements/{kind}", {
    onSuccess: async () => {
      setNote("");
      await refresh(listPath);
      tellDone(`${name}: noted.`);
    },
  });
  const send = (decision: RequirementDecision) =>
    decide.mutate({ params: { path: { tenant, kind: requirement.kind } }, body: { decision, note: note.trim() } });
  const button = (decision: RequirementDecision, label: string) => (
    <Button size="xs" variant="default" disabled={decide.isPending} onClick={() => send(decision)} aria-label={`${label}: ${name}`}>{label}</Button>
  );
  return (
    <Stack gap="xs" mt="sm">
      <FormProblem message={decide.error} />
      <Group gap="xs">
        <TextInput size="xs" aria-label={`Note on ${name.toLowerCase()}`} placeholder="Note" value={note} onChange={(event) => setNote(event.currentTarget.value)} style={{ flex: "1 1 12rem" }} />
        {button("met", "Met")}
        {button("waived", "Waive")}
        {button("refused", "Refuse")}
      </Group>
    </Stack>
  );
}
