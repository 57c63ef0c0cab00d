import { Anchor, Button, PasswordInput, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { $api, meKey, queryClient } from "../api/client";
import { explain } from "../api/problem";
import type { Me } from "../api/types";
import { FormError } from "../components/FormError";
import { useFormErrors } from "../components/useFormErrors";
import { roleName } from "../format/text";
import { AuthLayout } from "./AuthLayout";
import { SignInCode } from "./SignInCode";

const passwordMinLength = 10;

export function InvitationPage() {
  const { token = "" } = useParams();
  const navigate = useNavigate();
  const [pendingToken, setPendingToken] = useState<string | null>(null);
  const invitation = $api.useQuery("get", "/invitations/{token}", { params: { path: { token } } });
  const enter = (me: Me) => {
    queryClient.clear();
    queryClient.setQueryData([...meKey, {}], me);
    void navigate("/", { replace: true });
  };
  if (invitation.error && pendingToken === null) {
    return (
      <AuthLayout title="This invitation isn’t valid">
        <Text c="dimmed">{explain(invitation.error)}</Text>
        <Text mt="md">
          It may have expired or been used. Ask the person who invited you for a new one, or{" "}
          <Anchor component={Link} to="/sign-in" underline="always">
            sign in
          </Anchor>{" "}
          if you have already accepted it.
        </Text>
      </AuthLayout>
    );
  }
  if (!invitation.data)
    return (
      <AuthLayout title="Your invitation">
        <Skeleton height={220} />
      </AuthLayout>
    );
  if (pendingToken !== null)
    return (
      <SignInCode
        pendingToken={pendingToken}
        onSignedIn={enter}
        onStartOver={() => void navigate("/sign-in", { replace: true })}
      />
    );
  const { email, provider_name, role, account_exists } = invitation.data;
  return (
    <AuthLayout title={`Join ${provider_name}`}>
      <Text c="dimmed" mb="lg">
        You’ve been invited as {roleName(role).toLowerCase()}. Your sign-in email is {email}.
      </Text>
      <AcceptForm
        token={token}
        email={email}
        accountExists={account_exists}
        onSignedIn={enter}
        onPending={setPendingToken}
      />
    </AuthLayout>
  );
}

function AcceptForm({
  token,
  email,
  accountExists,
  onSignedIn,
  onPending,
}: {
  token: string;
  email: string;
  accountExists: boolean;
  onSignedIn: (me: Me) => void;
  /** The account has a second factor, which the token waits for. */
  onPending: (pendingToken: string) => void;
}) {
  const form = useForm({
    initialValues: { name: "", password: "" },
    validate: {
      name: (value) => (!accountExists && value.trim() === "" ? "Enter your name." : null),
      password: (value) => {
        if (accountExists) return value === "" ? "Enter your password." : null;
        return value.length < passwordMinLength
          ? `Enter at least ${passwordMinLength} characters.`
          : null;
      },
    },
  });
  const errors = useFormErrors(form);
  const accept = $api.useMutation("post", "/invitations/{token}/accept", {
    onSuccess: (answer) => {
      if ("pending_token" in answer) onPending(answer.pending_token);
      else onSignedIn(answer);
    },
    onError: errors.show,
  });
  return (
    <form
      noValidate
      onSubmit={errors.onSubmit(({ name, password }) => {
        accept.mutate({
          params: { path: { token } },
          body: accountExists ? { password } : { name: name.trim(), password },
        });
      })}
    >
      <Stack>
        <FormError message={errors.general} />
        <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
        {!accountExists && (
          <TextInput label="Your name" autoComplete="name" {...form.getInputProps("name")} />
        )}
        <PasswordInput
          label="Password"
          description={
            accountExists
              ? "You already have an account. Enter its password."
              : `At least ${passwordMinLength} characters.`
          }
          autoComplete={accountExists ? "current-password" : "new-password"}
          {...form.getInputProps("password")}
        />
        <Button type="submit" loading={accept.isPending} fullWidth mt="xs">
          Accept invitation
        </Button>
      </Stack>
    </form>
  );
}
