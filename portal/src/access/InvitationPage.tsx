import { Anchor, Button, PasswordInput, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { Link, useNavigate, useParams } from "react-router";
import { $api, meKey, queryClient } from "../api/client";
import { explain } from "../api/problem";
import { FormError } from "../components/FormError";
import { useFormErrors } from "../components/useFormErrors";
import { roleName } from "../format/text";
import { AuthLayout } from "./AuthLayout";

const passwordMinLength = 10;

export function InvitationPage() {
  const { token = "" } = useParams();
  const invitation = $api.useQuery("get", "/invitations/{token}", { params: { path: { token } } });
  if (invitation.error) {
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
  const { email, provider_name, role, account_exists } = invitation.data;
  return (
    <AuthLayout title={`Join ${provider_name}`}>
      <Text c="dimmed" mb="lg">
        You’ve been invited as {roleName(role).toLowerCase()}. Your sign-in email is {email}.
      </Text>
      <AcceptForm token={token} email={email} accountExists={account_exists} />
    </AuthLayout>
  );
}

function AcceptForm({
  token,
  email,
  accountExists,
}: {
  token: string;
  email: string;
  accountExists: boolean;
}) {
  const navigate = useNavigate();
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
    onSuccess: (me) => {
      queryClient.clear();
      queryClient.setQueryData([...meKey, {}], me);
      void navigate("/", { replace: true });
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
