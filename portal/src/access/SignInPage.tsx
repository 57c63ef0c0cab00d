import { Anchor, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { $api, meKey, queryClient } from "../api/client";
import type { Me } from "../api/types";
import { FormError } from "../components/FormError";
import { useFormErrors } from "../components/useFormErrors";
import { AuthLayout } from "./AuthLayout";
import { SignInCode } from "./SignInCode";

export function SignInPage() {
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const form = useForm({
    initialValues: { email: "", password: "" },
    validate: {
      email: (value) => (value.includes("@") ? null : "Enter your email address."),
      password: (value) => (value === "" ? "Enter your password." : null),
    },
  });
  const errors = useFormErrors(form);
  const [pendingToken, setPendingToken] = useState<string | null>(null);
  const enter = (me: Me) => {
    queryClient.clear();
    queryClient.setQueryData([...meKey, {}], me);
    void navigate(ownPath(params.get("next")), { replace: true });
  };
  const signIn = $api.useMutation("post", "/session", {
    onSuccess: (answer) => {
      if ("pending_token" in answer) setPendingToken(answer.pending_token);
      else enter(answer);
    },
    onError: errors.show,
  });
  if (pendingToken !== null)
    return (
      <SignInCode
        pendingToken={pendingToken}
        onSignedIn={enter}
        onStartOver={() => setPendingToken(null)}
      />
    );
  return (
    <AuthLayout title="Sign in">
      <form
        noValidate
        onSubmit={errors.onSubmit((values) => {
          signIn.mutate({ body: { email: values.email.trim(), password: values.password } });
        })}
      >
        <Stack>
          <FormError message={errors.general} />
          <TextInput
            label="Email"
            type="email"
            autoComplete="username"
            {...form.getInputProps("email")}
          />
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            {...form.getInputProps("password")}
          />
          <Button type="submit" loading={signIn.isPending} fullWidth mt="xs">
            Sign in
          </Button>
          <Anchor href="/forgot" size="sm">
            Forgot your password?
          </Anchor>
        </Stack>
      </form>
      <Anchor href={otherWays(params.get("next"))} size="sm">
        Sign in another way
      </Anchor>
    </AuthLayout>
  );
}

/** The shop's sign-in page, with all ways to sign in; it leads back to the portal. */
export function otherWays(next: string | null): string {
  return `/sign-in?next=${encodeURIComponent(`/portal${ownPath(next)}`)}`;
}

/** The path to open after signing in. Anything but a path of this site leads to "/". */
export function ownPath(next: string | null): string {
  return next?.startsWith("/") === true && !next.startsWith("//") && !next.startsWith("/\\")
    ? next
    : "/";
}
