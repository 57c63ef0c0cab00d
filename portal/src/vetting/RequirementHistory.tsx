import { Anchor, Stack, Text } from "@mantine/core";
import { apiRoot } from "../api/client";
import type { Requirement } from "../api/types";
import { useHasRole } from "../app/SignedIn";
import { formatMoney } from "../format/money";
import { formatDate, formatDateTime } from "../format/time";

type Step = Requirement["history"][number];

const stepNames: Record<Step["step"], string> = {
  answered: "Answered",
  met: "Accepted",
  refused: "Rejected",
  waived: "Waived",
  expired: "Expired",
};

/** Every answer and decision of a requirement, oldest first. */
export function RequirementHistory({
  tenant,
  requirement,
}: {
  tenant: string;
  requirement: Requirement;
}) {
  if (requirement.history.length === 0)
    return (
      <Text size="sm" c="dimmed">
        Not answered yet
      </Text>
    );
  return (
    <Stack component="ol" gap="xs" m={0} pl="lg" aria-label={`History: ${requirement.title}`}>
      {requirement.history.map((step) => (
        <li key={`${step.at} ${step.step}`}>
          <Text size="sm">
            <Text span inherit fw={550}>
              {stepNames[step.step]}
            </Text>
            <Text span inherit c="dimmed">
              {" "}
              {[step.by ?? "by the clock", formatDateTime(step.at)].join(", ")}
            </Text>
          </Text>
          <StepContent tenant={tenant} step={step} />
        </li>
      ))}
    </Stack>
  );
}

function StepContent({ tenant, step }: { tenant: string; step: Step }) {
  const mayRead = useHasRole("owner", "admin", "manager");
  return (
    <>
      {step.text !== "" && (
        <Text size="sm" style={{ whiteSpace: "pre-wrap" }}>
          {step.text}
        </Text>
      )}
      {step.attested_name != null && <Text size="sm">Confirmed by {step.attested_name}</Text>}
      {step.bond != null && (
        <Text size="sm">
          Bond of {formatMoney(step.bond)}
          {step.bond_ends_on != null && `, until ${formatDate(step.bond_ends_on)}`}
        </Text>
      )}
      {step.document != null && !mayRead && <Text size="sm">{step.document.filename}</Text>}
      {step.document != null && mayRead && (
        <Anchor
          size="sm"
          href={`${apiRoot}/providers/${tenant}/assets/${step.document.asset_id}/original`}
        >
          {step.document.filename}
        </Anchor>
      )}
    </>
  );
}
