import { Stack, TextInput, type TextInputProps } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { FormError } from "../components/FormError";
import { useFormErrors } from "../components/useFormErrors";

interface CodeFormProps {
  /** What is above the field. */
  children: ReactNode;
  /** Which codes count, and how the field looks. */
  field: TextInputProps & { "data-autofocus"?: true };
  buttons: (isPending: boolean) => ReactNode;
  /** Throws what is wrong with the code. */
  send: (code: string) => Promise<void>;
}

/** Asks for a code of the second factor. */
export function CodeForm({ children, field, buttons, send }: CodeFormProps) {
  const form = useForm({
    initialValues: { code: "" },
    validate: { code: (value) => (value.trim() === "" ? "Enter the code." : null) },
  });
  const errors = useFormErrors(form);
  const check = useMutation({ mutationFn: send, onError: errors.show });
  return (
    <form noValidate onSubmit={errors.onSubmit(({ code }) => check.mutate(code.trim()))}>
      <Stack>
        {children}
        <FormError message={errors.general} />
        <TextInput
          label="Code"
          autoComplete="one-time-code"
          {...field}
          {...form.getInputProps("code")}
        />
        {buttons(check.isPending)}
      </Stack>
    </form>
  );
}
