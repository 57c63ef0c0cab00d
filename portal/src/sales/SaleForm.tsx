import {
  Anchor,
  Button,
  Checkbox,
  Group,
  MultiSelect,
  NativeSelect,
  SegmentedControl,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useForm, type UseFormReturnType } from "@mantine/form";
import { useEffect } from "react";
import { Link } from "react-router";
import { $api } from "../api/client";
import type { Sale } from "../api/types";
import { useTenant, useWorkspace } from "../app/SignedIn";
import { FormError } from "../components/FormError";
import { InstantInput } from "../components/InstantInput";
import { Panel } from "../components/Panel";
import { useEdit } from "../components/useEdit";
import { useFormErrors } from "../components/useFormErrors";
import { MinutesInput } from "../components/WholeInput";
import { countryOptions } from "../format/reference";
import {
  apiToFormField,
  itemsOfOffer,
  saleValidation,
  toFormValues,
  type SaleFormValues,
} from "./saleFormValues";
import { SaleFormItems } from "./SaleFormItems";
import { SaleFormKind } from "./SaleFormKind";
import { SaleFormRegistration } from "./SaleFormRegistration";
import styles from "./sales.module.css";

interface SaleFormProps {
  initial: SaleFormValues;
  /** Whether the offer can no longer be changed, because the sale exists. */
  offerFixed?: boolean;
  readOnly?: boolean;
  pending: boolean;
  /** Of the stored sale; absent for a new one. */
  version?: number;
  save: (values: SaleFormValues, version: number) => Promise<Sale>;
  /** Reads the stored sale again. */
  read?: () => Promise<Sale>;
  /** Called when the form comes to have changes that are not saved, and when it has none any more. */
  onUnsaved?: (unsaved: boolean) => void;
}

const maxOffers = 100;

export function SaleForm({
  initial,
  offerFixed = false,
  readOnly = false,
  pending,
  version = 0,
  save,
  read,
  onUnsaved,
}: SaleFormProps) {
  const tenant = useTenant();
  const { base } = useWorkspace();
  const offers = $api.useQuery("get", "/providers/{tenant}/offers", {
    params: {
      path: { tenant: tenant.id },
      query: { state: "draft", limit: maxOffers },
    },
  });
  const provider = $api.useQuery("get", "/providers/{tenant}", {
    params: { path: { tenant: tenant.id } },
  });
  const form = useForm<SaleFormValues>({ initialValues: initial, validate: saleValidation });
  const errors = useFormErrors(form, apiToFormField);
  const unsaved = form.isDirty();
  const zone = provider.data?.time_zone ?? undefined;
  useEffect(() => {
    onUnsaved?.(unsaved);
    return () => onUnsaved?.(false);
  }, [onUnsaved, unsaved]);
  const { offer_id: offerId } = form.values;
  const chosenOffer = $api.useQuery(
    "get",
    "/providers/{tenant}/offers/{offer}",
    { params: { path: { tenant: tenant.id, offer: offerId } } },
    { enabled: offerId !== "" },
  );
  const choices = offers.data?.items ?? [];
  const offer = offerId === "" ? undefined : chosenOffer.data;
  const listed =
    offer === undefined || choices.some(({ id }) => id === offer.id)
      ? choices
      : [offer, ...choices];
  const chooseOffer = (id: string) => {
    const chosen = choices.find((candidate) => candidate.id === id);
    form.setValues({ offer_id: id, items: chosen ? itemsOfOffer(chosen) : [] });
  };
  const chooseMode = (mode: SaleFormValues["mode"]) => {
    form.setValues({ mode });
  };
  const edit = useEdit<SaleFormValues, Sale>({
    form,
    initial,
    version,
    toValues: toFormValues,
    save,
    ...(read && { read }),
    onError: errors.show,
    labels: { slug: "page address", starts_at: "start", ends_at: "end", everywhere: "countries" },
  });
  return (
    <form noValidate onSubmit={errors.onSubmit(edit.send)}>
      <fieldset disabled={readOnly} style={{ border: 0, margin: 0, padding: 0, minInlineSize: 0 }}>
        <Stack gap="lg">
          <FormError message={errors.general} />
          {edit.notice}
          <Panel title="Offer and type">
            <Stack>
              <NativeSelect
                label="Offer"
                disabled={offerFixed || readOnly}
                data={[
                  { value: "", label: "Choose an offer" },
                  ...listed.map(({ id, title }) => ({ value: id, label: title })),
                ]}
                {...form.getInputProps("offer_id")}
                onChange={(event) => chooseOffer(event.currentTarget.value)}
              />
              {offers.data && listed.length === 0 && (
                <Text size="sm">
                  You have no offers yet.{" "}
                  <Anchor component={Link} to={`${base}/offers/new`} underline="always" inherit>
                    Create an offer first.
                  </Anchor>
                </Text>
              )}
              <ModeField value={form.values.mode} onChange={chooseMode} disabled={readOnly} />
              {form.values.mode === "redirect" && (
                <TextInput
                  label="Redirect URL"
                  description={cartHint(provider.data?.cart_origins)}
                  type="url"
                  placeholder="https://"
                  {...form.getInputProps("redirect_url")}
                />
              )}
              <SaleFormKind form={form} />
              {form.values.mode === "redirect" && (
                <Checkbox
                  label="Show an item as sold out when all guaranteed units are reported as bought"
                  description="Shoppers are then no longer sent to your cart for it. Otherwise the sale goes on until its end."
                  {...form.getInputProps("sold_out_at_guarantee", { type: "checkbox" })}
                />
              )}
              <TextInput
                label="Page address"
                description="The last part of the sale’s URL. Leave empty to use the title."
                placeholder="oak-table-weekend"
                {...form.getInputProps("slug")}
              />
            </Stack>
          </Panel>
          <Panel title="Dates and delivery">
            <div className={styles.pair}>
              <InstantInput label="Starts" zone={zone} {...form.getInputProps("starts_at")} />
              <InstantInput label="Ends" zone={zone} {...form.getInputProps("ends_at")} />
              {form.values.mode === "hosted" && (
                <MinutesInput
                  label="Hold time (minutes)"
                  description="How long stock is held for a shopper after they press Buy."
                  {...form.getInputProps("hold_minutes")}
                />
              )}
              {form.values.mode === "hosted" && (
                <MinutesInput
                  label="Waitlist offer (minutes)"
                  description="How long freed stock is offered to the next shopper on the waitlist."
                  {...form.getInputProps("waitlist_offer_minutes")}
                />
              )}
              <CountriesField form={form} />
            </div>
          </Panel>
          <Panel title="Registration">
            <SaleFormRegistration form={form} zone={zone} />
          </Panel>
          <Panel title="Items on sale">
            <SaleFormItems form={form} offer={offer} readOnly={readOnly} />
          </Panel>
          {!readOnly && (
            <Group>
              <Button type="submit" loading={pending}>
                Save sale
              </Button>
            </Group>
          )}
        </Stack>
      </fieldset>
    </form>
  );
}

function CountriesField({ form }: { form: UseFormReturnType<SaleFormValues> }) {
  return (
    <Stack gap="xs">
      <MultiSelect
        label="Countries"
        description="The countries you ship to."
        data={countryOptions()}
        searchable
        disabled={form.values.everywhere}
        {...form.getInputProps("countries")}
      />
      <Checkbox
        label="Open to every country"
        {...form.getInputProps("everywhere", { type: "checkbox" })}
      />
    </Stack>
  );
}

function ModeField({
  value,
  onChange,
  disabled,
}: {
  value: SaleFormValues["mode"];
  onChange: (mode: SaleFormValues["mode"]) => void;
  disabled: boolean;
}) {
  return (
    <div>
      <Text size="sm" fw={550} mb={4} id="mode-label">
        Where shoppers pay
      </Text>
      <SegmentedControl
        aria-labelledby="mode-label"
        disabled={disabled}
        value={value}
        onChange={(mode) => onChange(mode === "redirect" ? "redirect" : "hosted")}
        data={[
          { value: "hosted", label: "At SMP" },
          { value: "redirect", label: "In our own cart" },
        ]}
      />
    </div>
  );
}

function cartHint(origins: string[] | undefined): string {
  if (!origins || origins.length === 0)
    return "SMP has not approved your cart’s address yet. Ask SMP to add it before you submit.";
  return `A page at ${origins.join(" or ")}.`;
}
