import type { RequirementDefinition, RequirementDefinitionInput } from "../api/types";
import { moneyText, moneyValue, wholeValue } from "../format/typedNumber";

/** The form of a requirement: numbers and amounts as typed. */
export interface DefinitionValues {
  code: string;
  title: string;
  instructions: string;
  method: RequirementDefinition["method"];
  selling_mode: RequirementDefinition["selling_mode"];
  regions: string[];
  categories: string[];
  monthly_units_from: string;
  monthly_revenue_from: string;
  revenue_currency: string;
  waivable: boolean;
  valid_months: string;
  bond: string;
  bond_currency: string;
  active: boolean;
}

export const newDefinition: DefinitionValues = {
  code: "",
  title: "",
  instructions: "",
  method: "document",
  selling_mode: "both",
  regions: [],
  categories: [],
  monthly_units_from: "",
  monthly_revenue_from: "",
  revenue_currency: "EUR",
  waivable: true,
  valid_months: "",
  bond: "",
  bond_currency: "EUR",
  active: true,
};

export function valuesOf(definition: RequirementDefinition): DefinitionValues {
  const { bond, monthly_revenue_from: revenue } = definition;
  return {
    code: definition.code,
    title: definition.title,
    instructions: definition.instructions,
    method: definition.method,
    selling_mode: definition.selling_mode,
    regions: definition.regions,
    categories: definition.categories,
    monthly_units_from: definition.monthly_units_from?.toString() ?? "",
    monthly_revenue_from: revenue ? moneyText(revenue.amount, revenue.currency) : "",
    revenue_currency: revenue?.currency ?? "EUR",
    waivable: definition.waivable,
    valid_months: definition.valid_months?.toString() ?? "",
    bond: bond ? moneyText(bond.amount, bond.currency) : "",
    bond_currency: bond?.currency ?? "EUR",
    active: definition.active,
  };
}

export function inputOf(values: DefinitionValues): RequirementDefinitionInput {
  const units = wholeValue(values.monthly_units_from);
  const months = wholeValue(values.valid_months);
  const revenue = moneyValue(values.monthly_revenue_from, values.revenue_currency);
  const bond = values.method === "bond" ? moneyValue(values.bond, values.bond_currency) : null;
  return {
    title: values.title,
    instructions: values.instructions,
    method: values.method,
    selling_mode: values.selling_mode,
    regions: values.regions,
    categories: values.categories,
    waivable: values.waivable,
    active: values.active,
    ...(units !== null && { monthly_units_from: units }),
    ...(revenue !== null && {
      monthly_revenue_from: { amount: revenue, currency: values.revenue_currency },
    }),
    ...(months !== null && { valid_months: months }),
    ...(bond !== null && { bond: { amount: bond, currency: values.bond_currency } }),
  };
}

export const methodNames: Record<RequirementDefinition["method"], string> = {
  attest: "Confirmation by name",
  document: "Document",
  review: "Check by SMP",
  bond: "Surety bond",
};

export const modeNames: Record<RequirementDefinition["selling_mode"], string> = {
  hosted: "In SMP’s cart",
  redirect: "In their own cart",
  both: "In both",
};

export const modeOptions = (["hosted", "redirect", "both"] as const).map((value) => ({
  value,
  label: modeNames[value],
}));
