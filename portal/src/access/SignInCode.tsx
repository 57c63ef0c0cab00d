import { Anchor, Button, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { $api } from "../api/client";
import type { Me } from "../api/types";
import { FormError } from "../components/FormError";
import { useFormErrors } from "../components/useFormErrors";
import { AuthLayout } from "./AuthLayout";

interface SignInCodeProps {
  pendingToken: string;
  onSignedIn: (me: Me) => void;
  /** Signs in from the start. */
  onStartOver: () => void;
}

/** The second step of signing in: a code of the authenticator app. */
export function SignInCode({ pendingToken, onSignedIn, onStartOver }: SignInCodeProps) {
  const form = useForm({
    initialValues: { code: "" },
    validate: { code: (value) => (value.trim() === "" ? "Enter the code." : null) },
  });
  const errors = useFormErrors(form);
  const finish = $api.useMutation("post", "/session/factor", {
    onSuccess: (answer) => {
      if ("account" in answer) onSignedIn(answer);
    },
    onError: errors.show,
  });
  return (
    <AuthLayout title="Enter the code">
      <form
        noValidate
        onSubmit={errors.onSubmit(({ code }) =>
          finish.mutate({ body: { pending_token: pendingToken, code: code.trim() } }),
        )}
      >
        <Stack>
          <Text c="dimmed">
            Open your authenticator app and type the six digits that it shows for SMP.
          </Text>
          <FormError message={errors.general} />
          <TextInput
            label="Code"
            description="Or one of your recovery codes, if you don’t have your phone."
            autoComplete="one-time-code"
            {...form.getInputProps("code")}
          />
          <Button type="submit" loading={finish.isPending} fullWidth mt="xs">
            Sign in
          </Button>
          <Anchor component="button" type="button" onClick={onStartOver} underline="always">
            Sign in from the start
          </Anchor>
        </Stack>
      </form>
    </AuthLayout>
  );
}
