import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useNavigate, useSearchParams } from "react-router";
import { $api, meKey, queryClient } from "../api/client";
import { FormProblem } from "../elements/FormProblem";
import { useProblems } from "../elements/useProblems";
import { Door } from "./Door";

export function SignInPage() {
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const form = useForm({
    initialValues: { email: "", password: "" },
    validate: {
      email: (value) => (value.includes("@") ? null : "Enter the email address of your account."),
      password: (value) => (value === "" ? "Enter your password." : null),
    },
  });
  const problems = useProblems(form);
  const signIn = $api.useMutation("post", "/session", {
    onSuccess: (me) => {
      queryClient.clear();
      queryClient.setQueryData([...meKey, {}], me);
      void navigate(ownPath(params.get("next")), { replace: true });
    },
    onError: problems.show,
  });
  return (
    <Door title="Sign in">
      <form
        noValidate
        onSubmit={problems.onSubmit((values) => {
          signIn.mutate({ body: { email: values.email.trim(), password: values.password } });
        })}
      >
        <Stack>
          <FormProblem message={problems.general} />
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
        </Stack>
      </form>
    </Door>
  );
}

/** Only a path of the portal itself is followed. */
export function ownPath(next: string | null): string {
  return next?.startsWith("/") === true && !next.startsWith("//") && !next.startsWith("/\\")
    ? next
    : "/";
}
