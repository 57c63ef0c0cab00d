import type { RouteObject } from "react-router";
import type { Role } from "../api/types";
import { areas } from "./navigation";
import { RolesOnly } from "./NoAccess";

/** The roles that may open a page, by its path or by the first part of it. */
type PageRoles = Record<string, readonly Role[]>;

const editors: readonly Role[] = ["owner", "editor"];
export const providerRoles: PageRoles = {
  application: areas.application.roles,
  profile: areas.profile.roles,
  contracts: areas.contracts.roles,
  payouts: areas.payouts.roles,
  assets: areas.assets.roles,
  offers: areas.offers.roles,
  sales: areas.sales.roles,
  "sales/new": editors,
  "sales/:sale/revisions/:revision": editors,
  parcels: areas.parcels.roles,
  vouchers: areas.vouchers.roles,
  invoices: areas.invoices.roles,
  conversions: areas.conversions.roles,
  statistics: areas.statistics.roles,
  team: areas.team.roles,
  "api-keys": areas.apiKeys.roles,
};
export const staffRoles: PageRoles = {
  reviews: areas.reviews.roles,
  // All of SMP's team can read a revision, from the page of its sale.
  "reviews/:tenant/:sale/:revision": areas.staffSales.roles,
  providers: areas.providers.roles,
  contracts: areas.staffContracts.roles,
  // All of SMP’s team can read a contract, from the page of its provider.
  "contracts/:tenant/:contract": areas.providers.roles,
  "contract-templates": areas.staffContracts.roles,
  vetting: areas.vetting.roles,
  leads: areas.leads.roles,
  requirements: areas.requirements.roles,
  orders: areas.orders.roles,
  payments: areas.payments.roles,
  "failed-refunds": areas.failedRefunds.roles,
  payouts: areas.staffPayouts.roles,
  statements: areas.statements.roles,
  disputes: areas.disputes.roles,
  commission: areas.commission.roles,
  reconciliation: areas.reconciliation.roles,
  conversations: areas.conversations.roles,
  feedback: areas.feedback.roles,
  messages: areas.messages.roles,
  team: areas.staffTeam.roles,
  audit: areas.audit.roles,
  jobs: areas.jobs.roles,
};

/** The pages, each open to its roles only. */
export function guarded(pages: RouteObject[], roles: PageRoles): RouteObject[] {
  return pages.map((page) => {
    const path = page.path ?? "";
    const allowed = roles[path] ?? roles[path.split("/")[0] ?? ""];
    return allowed ? { element: <RolesOnly roles={allowed} />, children: [page] } : page;
  });
}
