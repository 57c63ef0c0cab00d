import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import type { Provider, Requirement, RequirementDecision } from "../api/types";
import { confirmAction } from "../components/confirmAction";
import { FormError } from "../components/FormError";
import { Loaded } from "../components/ListStates";
import { notifySuccess } from "../components/notify";
import { Panel } from "../components/Panel";
import { StateBadge } from "../components/StateBadge";
import { stateLabel } from "../components/states";
import { formatDate } from "../format/time";
import { RequirementHistory } from "../vetting/RequirementHistory";
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
                key={requirement.code}
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
  const { title, instructions, state, expires_at } = requirement;
  const reason = undecidableReason(state, provider.state);
  return (
    <li>
      <Group justify="space-between" mb={4}>
        <Text fw={550}>{title}</Text>
        <StateBadge state={state} />
      </Group>
      {instructions !== "" && (
        <Text size="sm" c="dimmed" mb="xs">
          {instructions}
        </Text>
      )}
      {expires_at != null && (
        <Text size="sm" mb="xs">
          {state === "expired" ? "Expired" : "Valid until"} {formatDate(expires_at)}
        </Text>
      )}
      <RequirementHistory tenant={provider.id} requirement={requirement} />
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
  if (provider === "under_review") return null;
  if (provider === "invited" || provider === "applied")
    return "You can decide this once the application is taken for review.";
  if (provider === "rejected") return "Reopen the application to decide this.";
  return requirement === "submitted" || requirement === "expired"
    ? null
    : "You can decide this again when there is a new answer.";
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
  const { state, code, title: name, waivable } = requirement;
  const decided = state === "met" || state === "refused" || state === "waived";
  const answered = state !== "open" && state !== "expired";
  const [note, setNote] = useState(decided ? requirement.note : "");
  const decide = $api.useMutation("put", "/providers/{tenant}/requirements/{code}", {
    onSuccess: async (_, { body }) => {
      await refresh(listPath, "/providers/{tenant}/application", "/vetting/queue");
      notifySuccess(`${name}: ${stateLabel(body.decision).toLowerCase()}.`);
    },
  });
  const send = (decision: RequirementDecision) =>
    decide.mutate({
      params: { path: { tenant, code } },
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
    decision === state ? null : (
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
        {answered && button("met", "Accept")}
        {waivable && button("waived", "Waive")}
        {answered && button("refused", "Reject")}
      </Group>
    </Stack>
  );
}
