import { Alert, Group, Text } from "@mantine/core";
import { $api } from "../api/client";
import type { Provider, Requirement } from "../api/types";
import { Loaded } from "../components/ListStates";
import { Panel } from "../components/Panel";
import { StateBadge } from "../components/StateBadge";
import { formatDate } from "../format/time";
import styles from "../providers/providers.module.css";
import { RequirementHistory } from "../vetting/RequirementHistory";
import { AnswerForm } from "./AnswerForm";

/** What SMP asks for, and the provider's answers. */
export function RequirementAnswers({
  tenant,
  providerState,
}: {
  tenant: string;
  providerState: Provider["state"];
}) {
  const requirements = $api.useQuery("get", "/providers/{tenant}/requirements", {
    params: { path: { tenant } },
  });
  return (
    <Panel title="What SMP checks">
      <Loaded query={requirements}>
        {({ items }) =>
          items.length === 0 ? (
            <Text size="sm" c="dimmed">
              Nothing for now.
            </Text>
          ) : (
            <ul className={styles.requirements}>
              {items.map((requirement) => (
                <RequirementItem
                  key={requirement.code}
                  tenant={tenant}
                  requirement={requirement}
                  mayAnswer={providerState !== "rejected" && isAnswerable(requirement)}
                />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  );
}

const renewalMs = 30 * 24 * 3_600_000;

/** Whether the provider can answer it now, apart from the application. */
export function isAnswerable(
  { state, in_application, method, expires_at }: Requirement,
  now: number = Date.now(),
): boolean {
  if (state === "refused" || state === "expired") return true;
  if (state === "met" || state === "waived")
    return expires_at != null && Date.parse(expires_at) - now <= renewalMs;
  return !in_application && method !== "review";
}

function RequirementItem({
  tenant,
  requirement,
  mayAnswer,
}: {
  tenant: string;
  requirement: Requirement;
  mayAnswer: boolean;
}) {
  const { title, instructions, state, note, expires_at } = requirement;
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
      {state === "refused" && (
        <Alert color="brick" title="SMP did not accept your answer" mb="sm">
          {note}
        </Alert>
      )}
      {expires_at != null && (
        <Text size="sm" mb="xs">
          {state === "expired" ? "Expired" : "Valid until"} {formatDate(expires_at)}
        </Text>
      )}
      <RequirementHistory tenant={tenant} requirement={requirement} />
      {mayAnswer && <AnswerForm tenant={tenant} requirement={requirement} />}
    </li>
  );
}
