import { Anchor, Button, PasswordInput, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { Link, useNavigate, useParams } from "react-router";
import { $api, meKey, queryClient } from "../api/client";
import { explain } from "../api/problem";
import { FormProblem } from "../elements/FormProblem";
import { useProblems } from "../elements/useProblems";
import { roleName } from "../format/words";
import { Door } from "./Door";

const passwordMinLength = 10;

export function InvitationPage() {
  const { token = "" } = useParams();
  const invitation = $api.useQuery("get", "/invitations/{token}", { params: { path: { token } } });
  if (invitation.error) {
    return (
      <Door title="This invitation does not work">
        <Text c="dimmed">{explain(invitation.error)}</Text>
        <Text mt="md">
          It may have expired or been used already. Ask whoever invited you for a new one, or{" "}
          <Anchor component={Link} to="/sign-in" underline="always">
            sign in
          </Anchor>{" "}
          if you have accepted it before.
        </Text>
      </Door>
    );
  }
  if (!invitation.data)
    return (
      <Door title="Your invitation">
        <Skeleton height={220} />
      </Door>
    );
  const { email, provider_name, role, account_exists } = invitation.data;
  return (
    <Door title={`Join ${provider_name}`}>
      <Text c="dimmed" mb="lg">
        You are invited as {roleName(role).toLowerCase()}, with {email}.
      </Text>
      <AcceptForm token={token} email={email} accountExists={account_exists} />
    </Door>
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
  const problems = useProblems(form);
  const accept = $api.useMutation("post", "/invitations/{token}/accept", {
    onSuccess: (me) => {
      queryClient.clear();
      queryClient.setQueryData([...meKey, {}], me);
      void navigate("/", { replace: true });
    },
    onError: problems.show,
  });
  return (
    <form
      noValidate
      onSubmit={problems.onSubmit(({ name, password }) => {
        accept.mutate({
          params: { path: { token } },
          body: accountExists ? { password } : { name: name.trim(), password },
        });
      })}
    >
      <Stack>
        <FormProblem message={problems.general} />
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
