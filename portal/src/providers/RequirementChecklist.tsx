import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import type { Provider, Requirement, RequirementDecision } from "../api/types";
import { requirementNames } from "../application/requirementNames";
import { confirmAction } from "../components/confirmAction";
import { DescriptionList } from "../components/DescriptionList";
import { FormError } from "../components/FormError";
import { Loaded } from "../components/ListStates";
import { notifySuccess } from "../components/notify";
import { Panel } from "../components/Panel";
import { StateBadge } from "../components/StateBadge";
import { stateLabel } from "../components/states";
import { formatDateTime } from "../format/time";
import styles from "./providers.module.css";

const listPath = "/providers/{tenant}/requirements";

/** The requirements that must be accepted or waived before a provider can be approved. */
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
              <RequirementItem
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

interface RequirementItemProps {
  provider: Provider;
  requirement: Requirement;
  mayDecide: boolean;
}

function RequirementItem({ provider, requirement, mayDecide }: RequirementItemProps) {
  const { kind, state, evidence, note, decided_at } = requirement;
  const reason = undecidableReason(state, provider.state);
  return (
    <li>
      <Group justify="space-between" mb={4}>
        <Text fw={550}>{requirementNames[kind]}</Text>
        <StateBadge state={state} />
      </Group>
      <DescriptionList
        rows={[
          [
            "Evidence",
            evidence || (
              <Text key="none" span inherit c="dimmed">
                Not provided yet
              </Text>
            ),
          ],
          ["Note", note],
          ["Decided", decided_at != null && formatDateTime(decided_at)],
        ]}
      />
      {mayDecide && reason === null && (
        <RequirementDecisionForm tenant={provider.id} requirement={requirement} />
      )}
      {mayDecide && reason !== null && (
        <Text size="sm" c="dimmed" mt="sm">
          {reason}
        </Text>
      )}
    </li>
  );
}

/** Why a requirement cannot be decided now; null if it can. */
export function undecidableReason(
  requirement: Requirement["state"],
  provider: Provider["state"],
): string | null {
  if (requirement === "open") return "You can decide this once the provider has applied.";
  if (provider === "under_review") return null;
  return requirement === "submitted"
    ? "You can decide this only while the provider is under review."
    : "This was decided with the provider and cannot be changed.";
}

const consequences: Record<RequirementDecision, string> = {
  met: "The requirement is met.",
  waived: "The provider can be approved without meeting it.",
  refused: "The provider cannot be approved while a requirement is rejected.",
};

function RequirementDecisionForm({
  tenant,
  requirement,
}: {
  tenant: string;
  requirement: Requirement;
}) {
  const decided = requirement.state !== "submitted";
  const [note, setNote] = useState(decided ? requirement.note : "");
  const name = requirementNames[requirement.kind];
  const decide = $api.useMutation("put", "/providers/{tenant}/requirements/{kind}", {
    onSuccess: async (_, { body }) => {
      await refresh(listPath);
      notifySuccess(`${name}: ${stateLabel(body.decision).toLowerCase()}.`);
    },
  });
  const send = (decision: RequirementDecision) =>
    decide.mutate({
      params: { path: { tenant, kind: requirement.kind } },
      body: { decision, note: note.trim() },
    });
  const ask = (decision: RequirementDecision, label: string) =>
    confirmAction({
      title: `${label}: ${name.toLowerCase()}?`,
      message: `${consequences[decision]} You can decide differently until you approve or reject the provider.`,
      action: label,
      destructive: decision === "refused",
      onConfirm: () => send(decision),
    });
  const button = (decision: RequirementDecision, label: string) =>
    decision === requirement.state ? null : (
      <Button
        size="xs"
        variant="default"
        disabled={decide.isPending}
        onClick={() => ask(decision, label)}
        aria-label={`${label}: ${name}`}
      >
        {label}
      </Button>
    );
  return (
    <Stack gap="xs" mt="sm">
      {decided && (
        <Text size="sm" c="dimmed">
          Until you decide on the provider, you can change this.
        </Text>
      )}
      <FormError message={decide.error} />
      <Group gap="xs">
        <TextInput
          size="xs"
          aria-label={`Note on ${name.toLowerCase()}`}
          placeholder="Note"
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          style={{ flex: "1 1 12rem" }}
        />
        {button("met", "Accept")}
        {button("waived", "Waive")}
        {button("refused", "Reject")}
      </Group>
    </Stack>
  );
}
