import { Button, Group, NativeSelect, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import type { Offer } from "../api/types";
import { AssetPicker } from "../assets/AssetPicker";
import { FieldError } from "../components/FieldError";
import { FormError } from "../components/FormError";
import { Panel } from "../components/Panel";
import { useEdit } from "../components/useEdit";
import { useFormErrors } from "../components/useFormErrors";
import { currencyOptions } from "../format/reference";
import {
  apiToFormField,
  emptyItem,
  emptyOffer,
  offerValidation,
  toFormValues,
  type OfferFormValues,
} from "./offerFormValues";
import { OfferItems } from "./OfferItems";

interface OfferFormProps {
  /** The stored offer; absent for a new one. */
  offer?: Offer;
  readOnly?: boolean;
  pending: boolean;
  save: (values: OfferFormValues, version: number) => Promise<Offer>;
  /** Reads the stored offer again. */
  read?: () => Promise<Offer>;
}

export function OfferForm({ offer, readOnly = false, pending, save, read }: OfferFormProps) {
  const initial = offer ? toFormValues(offer) : emptyOffer;
  const form = useForm<OfferFormValues>({ initialValues: initial, validate: offerValidation });
  const errors = useFormErrors(form, apiToFormField);
  const edit = useEdit<OfferFormValues, Offer>({
    form,
    initial,
    version: offer?.version ?? 0,
    toValues: toFormValues,
    save,
    ...(read && { read }),
    onError: errors.show,
    comparable: (values) => ({ ...values, assets: values.assets.map(({ id }) => id) }),
    labels: { terms: "terms of sale", assets: "pictures" },
  });
  return (
    <form noValidate onSubmit={errors.onSubmit(edit.send)}>
      <fieldset disabled={readOnly} style={{ border: 0, margin: 0, padding: 0, minInlineSize: 0 }}>
        <Stack gap="lg">
          <FormError message={errors.general} />
          {edit.notice}
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
