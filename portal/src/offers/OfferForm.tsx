import { Button, Group, NativeSelect, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { AssetPicker } from "../assets/AssetPicker";
import { FieldError } from "../components/FieldError";
import { FormError } from "../components/FormError";
import { Panel } from "../components/Panel";
import { useFormErrors } from "../components/useFormErrors";
import { currencyOptions } from "../format/reference";
import {
  apiToFormField,
  emptyItem,
  offerValidation,
  type OfferFormValues,
} from "./offerFormValues";
import { OfferItems } from "./OfferItems";

interface OfferFormProps {
  initial: OfferFormValues;
  readOnly?: boolean;
  pending: boolean;
  /** Resolves to the stored values when the form stays open. */
  save: (values: OfferFormValues) => Promise<unknown>;
}

export function OfferForm({ initial, readOnly = false, pending, save }: OfferFormProps) {
  const form = useForm<OfferFormValues>({ initialValues: initial, validate: offerValidation });
  const errors = useFormErrors(form, apiToFormField);
  const submit = errors.onSubmit((values) => {
    save(values).then((stored) => {
      if (isOfferFormValues(stored)) form.setValues(stored);
      form.resetDirty();
    }, errors.show);
  });
  return (
    <form noValidate onSubmit={submit}>
      <fieldset disabled={readOnly} style={{ border: 0, margin: 0, padding: 0, minInlineSize: 0 }}>
        <Stack gap="lg">
          <FormError message={errors.general} />
          <Panel title="Description">
            <Stack>
              <TextInput label="Title" {...form.getInputProps("title")} />
              <TextInput
                label="Summary"
                description="One sentence for cards and link previews."
                {...form.getInputProps("summary")}
              />
              <Textarea
                label="Description"
                autosize
                minRows={5}
                {...form.getInputProps("description")}
              />
              <Textarea
                label="Terms of sale"
                description="What the shopper agrees to: delivery, returns, guarantees."
                autosize
                minRows={3}
                {...form.getInputProps("terms")}
              />
            </Stack>
          </Panel>
          <Panel
            title="Items"
            aside={
              <Group gap="sm" align="flex-start">
                <NativeSelect
                  aria-label="Currency"
                  data={[{ value: "", label: "Choose a currency" }, ...currencyOptions()]}
                  w={200}
                  {...form.getInputProps("currency")}
                />
                {!readOnly && (
                  <Button variant="default" onClick={() => form.insertListItem("items", emptyItem)}>
                    Add item
                  </Button>
                )}
              </Group>
            }
          >
            <OfferItems form={form} readOnly={readOnly} />
          </Panel>
          <Panel title="Pictures and documents">
            <AssetPicker
              chosen={form.values.assets}
              onChange={(assets) => form.setFieldValue("assets", assets)}
              disabled={readOnly}
            />
            <FieldError field={form.getInputProps("assets")} />
          </Panel>
          {!readOnly && (
            <Group>
              <Button type="submit" loading={pending}>
                Save offer
              </Button>
            </Group>
          )}
        </Stack>
      </fieldset>
    </form>
  );
}

function isOfferFormValues(stored: unknown): stored is OfferFormValues {
  return (
    typeof stored === "object" &&
    stored !== null &&
    "assets" in stored &&
    "items" in stored &&
    !("state" in stored)
  );
}
