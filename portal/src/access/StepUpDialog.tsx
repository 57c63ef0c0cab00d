import { Button, Group, Modal, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { api, refresh } from "../api/client";
import { onCodeNeeded } from "../api/stepUp";
import { CodeForm } from "./CodeForm";

type Resolve = (proved: boolean) => void;

/** Asks for a code of the second factor whenever a request needs one. */
export function StepUpDialog() {
  const [resolve, setResolve] = useState<Resolve | null>(null);
  useEffect(
    () =>
      onCodeNeeded(
        () =>
          new Promise<boolean>((done) => {
            setResolve(() => done);
          }),
      ),
    [],
  );
  const close = (proved: boolean) => {
    resolve?.(proved);
    setResolve(null);
  };
  return (
    <Modal opened={resolve !== null} onClose={() => close(false)} title="Is it you?" centered>
      <CodeForm
        field={{ description: "Or one of your recovery codes.", "data-autofocus": true }}
        send={async (code) => {
          await api.POST("/me/second-factor/check", { body: { code } });
          close(true);
          void refresh("/me/second-factor");
        }}
        buttons={(isPending) => (
          <Group justify="flex-end">
            <Button variant="default" onClick={() => close(false)}>
              Cancel
            </Button>
            <Button type="submit" loading={isPending}>
              Go on
            </Button>
          </Group>
        )}
      >
        <Text size="sm">
          Payouts, API keys and roles ask for your second factor again. Type the six digits that
          your authenticator app shows, and we go on with what you did.
        </Text>
      </CodeForm>
    </Modal>
  );
}
