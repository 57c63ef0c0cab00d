import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import type { Role } from "../api/types";
import { FormError } from "../components/FormError";
import { useFormErrors } from "../components/useFormErrors";

const passwordMinLength = 10;

/** What an invitation offers. */
export interface InvitationOffer {
  email: string;
  /** The name of the team to join. */
  team: string;
  roles: Role[];
  account_exists: boolean;
  /** Whether the reader is signed in to that account, so that no password is asked. */
  is_signed_in: boolean;
  /** What is said to those who have an account. */
  password_hint: string;
}

/** What accepts an invitation. Who has an account gives no name, who is signed in nothing. */
export interface Acceptance {
  name?: string;
  password?: string;
}

interface AcceptFormProps {
  offer: InvitationOffer;
  accept: (acceptance: Acceptance) => Promise<void>;
}

/** Accepts an invitation, with a new account if the address has none. */
export function AcceptForm({ offer, accept }: AcceptFormProps) {
  const { account_exists: accountExists, is_signed_in: isSignedIn } = offer;
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
  const send = useMutation({ mutationFn: accept, onError: errors.show });
  return (
    <form
      noValidate
      onSubmit={errors.onSubmit(({ name, password }) => {
        if (isSignedIn) send.mutate({});
        else send.mutate(accountExists ? { password } : { name: name.trim(), password });
      })}
    >
      <Stack>
        <FormError message={errors.general} />
        <input type="hidden" name="username" autoComplete="username" value={offer.email} readOnly />
        {!accountExists && (
          <TextInput label="Your name" autoComplete="name" {...form.getInputProps("name")} />
        )}
        {!isSignedIn && (
          <PasswordInput
            label="Password"
            description={
              accountExists ? offer.password_hint : `At least ${passwordMinLength} characters.`
            }
            autoComplete={accountExists ? "current-password" : "new-password"}
            {...form.getInputProps("password")}
          />
        )}
        <Button type="submit" loading={send.isPending} fullWidth mt="xs">
          Accept invitation
        </Button>
      </Stack>
    </form>
  );
}
