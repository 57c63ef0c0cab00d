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
      <AuthLayout title="This invitation does not work">
        <Text c="dimmed">{explain(invitation.error)}</Text>
        <Text mt="md">
          It may have expired or been used already. Ask whoever invited you for a new one, or{" "}
          <Anchor component={Link} to="/sign-in" underline="always">
            sign in
          </Anchor>{" "}
          if you have accepted it before.
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
        You are invited as {roleName(role).toLowerCase()}, with {email}.
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
        if (accountExists) return value === "" ? "Enter the password of your account." : null;
        return value.length < passwordMinLength
          ? `Choose at least ${passwordMinLength} characters.`
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
              ? "You have an account already; enter its password."
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
