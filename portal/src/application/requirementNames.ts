import type { Requirement } from "../api/types";

export const requirementNames: Record<Requirement["kind"], string> = {
  business_registration: "Business registration",
  references: "References",
  product_category: "Product category",
  regions: "Regions",
};
