import { Button, Stack, Text } from "@mantine/core";
import { $api, refresh } from "../api/client";
import type { Application } from "../api/types";
import { FormError } from "../components/FormError";
import { notifySuccess } from "../components/notify";
import { Panel } from "../components/Panel";

/** Sends what was saved. */
export function SendApplication({
  tenant,
  application,
}: {
  tenant: string;
  application: Application;
}) {
  const send = $api.useMutation("post", "/providers/{tenant}/application", {
    onSuccess: async () => {
      await refresh(
        "/providers/{tenant}",
        "/providers/{tenant}/application",
        "/providers/{tenant}/requirements",
        "/me",
      );
      notifySuccess("Application sent.");
    },
  });
  const complete = application.missing.length === 0;
  return (
    <Panel title="Send">
      <Stack align="flex-start">
        <FormError message={send.error} />
        <Text size="sm" c="dimmed">
          {complete
            ? "Everything is there. SMP reads what you saved; you can’t change it meanwhile."
            : "You can send it once nothing is missing."}
        </Text>
        <Button
          disabled={!complete}
          loading={send.isPending}
          onClick={() => send.mutate({ params: { path: { tenant } } })}
        >
          Send application
        </Button>
      </Stack>
    </Panel>
  );
}
