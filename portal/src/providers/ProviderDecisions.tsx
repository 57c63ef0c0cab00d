import { Button } from "@mantine/core";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import type { Provider, ProviderDecision } from "../api/types";
import { notifySuccess } from "../components/notify";
import { ReasonDialog } from "../components/ReasonDialog";

interface DecisionText {
  button: string;
  title: string;
  message: string;
  done: string;
  destructive: boolean;
}

const decisionText: Record<ProviderDecision, DecisionText> = {
  approve: {
    button: "Approve provider",
    title: "Approve this provider?",
    message: "Their approved sales can go live.",
    done: "Provider approved.",
    destructive: false,
  },
  reject: {
    button: "Reject provider",
    title: "Reject this provider?",
    message: "Their application ends here, until you reopen it. They will read your reason.",
    done: "Provider rejected.",
    destructive: true,
  },
  suspend: {
    button: "Suspend",
    title: "Suspend this provider?",
    message:
      "They can’t sell anything until they are reinstated. Existing orders are not affected.",
    done: "Provider suspended.",
    destructive: true,
  },
  reinstate: {
    button: "Reinstate",
    title: "Reinstate this provider?",
    message: "Their approved sales continue on schedule.",
    done: "Provider reinstated.",
    destructive: false,
  },
  reopen: {
    button: "Reopen application",
    title: "Reopen this application?",
    message: "It is under review again, with everything that was answered and decided.",
    done: "Application reopened.",
    destructive: false,
  },
};

const possible: Partial<Record<Provider["state"], ProviderDecision[]>> = {
  under_review: ["approve", "reject"],
  approved: ["suspend"],
  suspended: ["reinstate"],
  rejected: ["reopen"],
};

/** Buttons for the decisions that a provider's state allows. Each asks for a reason. */
export function ProviderDecisions({ provider }: { provider: Provider }) {
  const [asking, setAsking] = useState<ProviderDecision | null>(null);
  const requirements = $api.useQuery("get", "/providers/{tenant}/requirements", {
    params: { path: { tenant: provider.id } },
  });
  // A rejected requirement rules out an approval.
  const refused = requirements.data?.items.some(({ state }) => state === "refused") === true;
  const decisions = (possible[provider.state] ?? []).filter(
    (decision) => decision !== "approve" || !refused,
  );
  const decide = $api.useMutation("post", "/providers/{tenant}/decision", {
    onSuccess: async (_, { body }) => {
      setAsking(null);
      await refresh(
        "/providers",
        "/providers/{tenant}",
        "/providers/{tenant}/application",
        "/vetting/queue",
      );
      notifySuccess(decisionText[body.decision].done);
    },
  });
  return (
    <>
      {decisions.map((decision) => (
        <Button
          key={decision}
          {...(decisionText[decision].destructive && {
            variant: "default",
            c: "var(--mantine-color-error)",
          })}
          onClick={() => {
            decide.reset();
            setAsking(decision);
          }}
        >
          {decisionText[decision].button}
        </Button>
      ))}
      {asking !== null && (
        <ReasonDialog
          opened
          onClose={() => setAsking(null)}
          title={decisionText[asking].title}
          message={decisionText[asking].message}
          action={decisionText[asking].button}
          destructive={decisionText[asking].destructive}
          pending={decide.isPending}
          error={decide.error}
          onSubmit={(reason) =>
            decide.mutate({
              params: { path: { tenant: provider.id } },
              body: { decision: asking, reason },
            })
          }
        />
      )}
    </>
  );
}
