import type { StaffRole } from "../api/types";

/** The roles of SMP’s team, each with what it is for. */
export const staffDuties: readonly (readonly [StaffRole, string])[] = [
  ["admin", "Everything, and this team"],
  ["manager", "Providers, contracts, reviews and sales"],
  ["marketing", "Featured sales and access points"],
  ["support", "Shoppers, their orders and refunds"],
  ["finance", "Payments, payouts, statements and the books"],
];
