import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useEffect, useState } from "react";
import { $api, refresh } from "../api/client";
import { onCodeNeeded } from "../api/stepUp";
import { FormError } from "../components/FormError";
import { useFormErrors } from "../components/useFormErrors";

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
      <CodeForm onProved={() => close(true)} onCancel={() => close(false)} />
    </Modal>
  );
}

function CodeForm({ onProved, onCancel }: { onProved: () => void; onCancel: () => void }) {
  const form = useForm({
    initialValues: { code: "" },
    validate: { code: (value) => (value.trim() === "" ? "Enter the code." : null) },
  });
  const errors = useFormErrors(form);
  const check = $api.useMutation("post", "/me/second-factor/check", {
    onSuccess: () => {
      onProved();
      void refresh("/me/second-factor");
    },
    onError: errors.show,
  });
  return (
    <form
      noValidate
      onSubmit={errors.onSubmit(({ code }) => check.mutate({ body: { code: code.trim() } }))}
    >
      <Stack>
        <Text size="sm">
          Payouts, API keys and roles ask for your second factor again. Type the six digits that
          your authenticator app shows, and we go on with what you did.
        </Text>
        <FormError message={errors.general} />
        <TextInput
          label="Code"
          description="Or one of your recovery codes."
          autoComplete="one-time-code"
          data-autofocus
          {...form.getInputProps("code")}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={check.isPending}>
            Go on
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
