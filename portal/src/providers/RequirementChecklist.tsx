import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import type { Provider, Requirement, RequirementDecision } from "../api/types";
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
export function RequirementChecklist({
  provider,
  mayDecide,
}: {
  provider: Provider;
  mayDecide: boolean;
}) {
  const requirements = $api.useQuery("get", listPath, {
    params: { path: { tenant: provider.id } },
  });
  return (
    <Panel title="Vetting">
      <Loaded query={requirements}>
        {({ items }) => (
          <ul className={styles.requirements}>
            {items.map((requirement) => (
              <RequirementLine
                key={requirement.kind}
                provider={provider}
                requirement={requirement}
                mayDecide={mayDecide}
              />
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}

interface RequirementLineProps {
  provider: Provider;
  requirement: Requirement;
  mayDecide: boolean;
}

function RequirementLine({ provider, requirement, mayDecide }: RequirementLineProps) {
  const { kind, state, evidence, note, decided_at } = requirement;
  const settled = whySettled(state, provider.state);
  return (
    <li>
      <Group justify="space-between" mb={4}>
        <Text fw={550}>{requirementNames[kind]}</Text>
        <StateBadge state={state} />
      </Group>
      <Facts
        rows={[
          [
            "Evidence",
            evidence || (
              <Text key="none" span inherit c="dimmed">
                Not given yet
              </Text>
            ),
          ],
          ["Note", note],
          ["Decided", decided_at != null && formatDateTime(decided_at)],
        ]}
      />
      {mayDecide && settled === null && (
        <RequirementDecisionForm tenant={provider.id} requirement={requirement} />
      )}
      {mayDecide && settled !== null && (
        <Text size="sm" c="dimmed" mt="sm">
          {settled}
        </Text>
      )}
    </li>
  );
}

/** Why a requirement cannot be decided now; null when it can. */
export function whySettled(
  requirement: Requirement["state"],
  provider: Provider["state"],
): string | null {
  if (requirement === "refused") {
    return provider === "under_review"
      ? "A refusal is final, so this provider cannot be approved any more. Reject it and say why."
      : "A refusal is final.";
  }
  if (requirement === "open") return "It can be decided once the provider has applied.";
  if (requirement !== "submitted") return "A decision stands; it cannot be changed.";
  return provider === "under_review"
    ? null
    : "It can be decided only while the provider is under review.";
}

function RequirementDecisionForm({
  tenant,
  requirement,
}: {
  tenant: string;
  requirement: Requirement;
}) {
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
    decide.mutate({
      params: { path: { tenant, kind: requirement.kind } },
      body: { decision, note: note.trim() },
    });
  const button = (decision: RequirementDecision, label: string) => (
    <Button
      size="xs"
      variant="default"
      disabled={decide.isPending}
      onClick={() => send(decision)}
      aria-label={`${label}: ${name}`}
    >
      {label}
    </Button>
  );
  return (
    <Stack gap="xs" mt="sm">
      <FormProblem message={decide.error} />
      <Group gap="xs">
        <TextInput
          size="xs"
          aria-label={`Note on ${name.toLowerCase()}`}
          placeholder="Note"
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          style={{ flex: "1 1 12rem" }}
        />
        {button("met", "Met")}
        {button("waived", "Waive")}
        {button("refused", "Refuse")}
      </Group>
    </Stack>
  );
}
