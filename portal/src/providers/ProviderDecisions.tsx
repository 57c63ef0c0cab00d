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

const words: Record<ProviderDecision, DecisionText> = {
  approve: {
    button: "Approve provider",
    title: "Approve this provider?",
    message: "Their approved sales may go live from now on.",
    done: "Approved.",
    destructive: false,
  },
  reject: {
    button: "Reject provider",
    title: "Reject this provider?",
    message: "Their application ends here. They read your reason.",
    done: "Rejected.",
    destructive: true,
  },
  suspend: {
    button: "Suspend",
    title: "Suspend this provider?",
    message: "Nothing of theirs is sold until they are reinstated. Orders stay as they are.",
    done: "Suspended.",
    destructive: true,
  },
  reinstate: {
    button: "Reinstate",
    title: "Reinstate this provider?",
    message: "Their approved sales go on by their clock.",
    done: "Reinstated.",
    destructive: false,
  },
};

const possible: Partial<Record<Provider["state"], ProviderDecision[]>> = {
  applied: ["approve", "reject"],
  under_review: ["approve", "reject"],
  approved: ["suspend"],
  suspended: ["reinstate"],
};

/** The decisions a provider's state allows, each with its reason. */
export function ProviderDecisions({ provider }: { provider: Provider }) {
  const [asking, setAsking] = useState<ProviderDecision | null>(null);
  const requirements = $api.useQuery("get", "/providers/{tenant}/requirements", {
    params: { path: { tenant: provider.id } },
  });
  // A rejected requirement is final and rules out an approval.
  const refused = requirements.data?.items.some(({ state }) => state === "refused") === true;
  const decisions = (possible[provider.state] ?? []).filter(
    (decision) => decision !== "approve" || !refused,
  );
  const decide = $api.useMutation("post", "/providers/{tenant}/decision", {
    onSuccess: async (_, { body }) => {
      setAsking(null);
      await refresh("/providers", "/providers/{tenant}");
      notifySuccess(words[body.decision].done);
    },
  });
  return (
    <>
      {decisions.map((decision) => (
        <Button
          key={decision}
          {...(words[decision].destructive && {
            variant: "default",
            c: "var(--mantine-color-error)",
          })}
          onClick={() => {
            decide.reset();
            setAsking(decision);
          }}
        >
          {words[decision].button}
        </Button>
      ))}
      {asking !== null && (
        <ReasonDialog
          opened
          onClose={() => setAsking(null)}
          title={words[asking].title}
          message={words[asking].message}
          action={words[asking].button}
          destructive={words[asking].destructive}
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
