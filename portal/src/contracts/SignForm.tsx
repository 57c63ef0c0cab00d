import { Button, Checkbox, Group, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { FormError } from "../components/FormError";
import { Panel } from "../components/Panel";
import { useFormErrors } from "../components/useFormErrors";

interface SignFormProps {
  title: string;
  /** What the person agrees to. */
  statement: string;
  action: string;
  pending: boolean;
  sign: (name: string) => Promise<unknown>;
}

/** Signs a contract: the statement is accepted, and the full name typed. */
export function SignForm({ title, statement, action, pending, sign }: SignFormProps) {
  const form = useForm({
    initialValues: { name: "", accepted: false },
    validate: {
      name: (value) => (value.trim().length >= 2 ? null : "Type your full name."),
      accepted: (value) => (value ? null : "Read the document, then tick this box."),
    },
  });
  const errors = useFormErrors(form);
  return (
    <Panel title={title}>
      <form
        noValidate
        onSubmit={errors.onSubmit(({ name }) => {
          void sign(name.trim()).catch(errors.show);
        })}
      >
        <Stack maw={640}>
          <FormError message={errors.general} />
          <Checkbox label={statement} {...form.getInputProps("accepted", { type: "checkbox" })} />
          <TextInput
            label="Your full name"
            description="It is your signature."
            autoComplete="name"
            {...form.getInputProps("name")}
          />
          <Group>
            <Button type="submit" loading={pending}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
