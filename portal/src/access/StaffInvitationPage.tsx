import { Anchor, Button, PasswordInput, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { Link, useNavigate, useParams } from "react-router";
import { $api, queryClient } from "../api/client";
import { explain } from "../api/problem";
import type { StaffInvitationOffer } from "../api/types";
import { FormError } from "../components/FormError";
import { useFormErrors } from "../components/useFormErrors";
import { roleName } from "../format/text";
import { AuthLayout } from "./AuthLayout";

const passwordMinLength = 10;

/** Where the link in an invitation to SMP’s own team leads. */
export function StaffInvitationPage() {
  const { token = "" } = useParams();
  const invitation = $api.useQuery("get", "/staff-invitations/{token}", {
    params: { path: { token } },
  });
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
  const { email, roles } = invitation.data;
  return (
    <AuthLayout title="Join SMP’s team">
      <Text c="dimmed" mb="lg">
        You’ve been invited as {roles.map((role) => roleName(role).toLowerCase()).join(" and ")}.
        Your sign-in email is {email}.
      </Text>
      <AcceptForm token={token} offer={invitation.data} />
    </AuthLayout>
  );
}

function AcceptForm({ token, offer }: { token: string; offer: StaffInvitationOffer }) {
  const { email, account_exists: accountExists, is_signed_in: isSignedIn } = offer;
  const navigate = useNavigate();
  const form = useForm({
    initialValues: { name: "", password: "" },
    validate: {
      name: (value) => (!accountExists && value.trim() === "" ? "Enter your name." : null),
      password: (value) => {
        if (isSignedIn) return null;
        if (accountExists) return value === "" ? "Enter your password." : null;
        return value.length < passwordMinLength
          ? `Enter at least ${passwordMinLength} characters.`
          : null;
      },
    },
  });
  const errors = useFormErrors(form);
  const enter = () => {
    queryClient.clear();
    void navigate("/", { replace: true });
  };
  // Whatever it answers, the start page is next: it leads those who are not signed in yet, or who
  // are asked for a second factor, to the sign-in page.
  const signIn = $api.useMutation("post", "/session", { onSettled: enter });
  const accept = $api.useMutation("post", "/staff-invitations/{token}/accept", {
    onSuccess: () => {
      if (isSignedIn) enter();
      else signIn.mutate({ body: { email, password: form.getValues().password } });
    },
    onError: errors.show,
  });
  return (
    <form
      noValidate
      onSubmit={errors.onSubmit(({ name, password }) => {
        accept.mutate({
          params: { path: { token } },
          body: isSignedIn ? {} : accountExists ? { password } : { name: name.trim(), password },
        });
      })}
    >
      <Stack>
        <FormError message={errors.general} />
        <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
        {!accountExists && (
          <TextInput label="Your name" autoComplete="name" {...form.getInputProps("name")} />
        )}
        {!isSignedIn && (
          <PasswordInput
            label="Password"
            description={
              accountExists
                ? "You already have an account. Enter its password, or sign in first and open the link again."
                : `At least ${passwordMinLength} characters.`
            }
            autoComplete={accountExists ? "current-password" : "new-password"}
            {...form.getInputProps("password")}
          />
        )}
        <Button type="submit" loading={accept.isPending || signIn.isPending} fullWidth mt="xs">
          Accept invitation
        </Button>
      </Stack>
    </form>
  );
}
