import type { Role } from "../api/types";
import { hasRole, type Workspace } from "./workspace";

const everyProviderRole: Role[] = ["owner", "editor", "fulfilment", "analyst", "cashier"];
const everyStaffRole: Role[] = ["admin", "manager", "marketing", "support", "finance"];

/** The areas of the portal and the roles that see them in the menu. The API enforces access. */
export const areas = {
  overview: { label: "Overview", path: "/overview", roles: everyProviderRole },
  application: { label: "Application", path: "/application", roles: ["owner"] },
  contracts: { label: "Contract", path: "/contracts", roles: ["owner"] },
  payouts: { label: "Payouts", path: "/payouts", roles: ["owner"] },
  sales: { label: "Sales", path: "/sales", roles: ["owner", "editor", "analyst"] },
  offers: { label: "Offers", path: "/offers", roles: ["owner", "editor"] },
  assets: { label: "Assets", path: "/assets", roles: ["owner", "editor"] },
  parcels: { label: "Parcels", path: "/parcels", roles: ["owner", "fulfilment"] },
  vouchers: { label: "Vouchers", path: "/vouchers", roles: ["owner", "fulfilment", "cashier"] },
  invoices: { label: "Invoices", path: "/invoices", roles: ["owner"] },
  conversions: { label: "Conversions", path: "/conversions", roles: ["owner", "analyst"] },
  reports: { label: "Reports received", path: "/reports", roles: ["owner", "analyst"] },
  statistics: { label: "Statistics", path: "/statistics", roles: ["owner", "editor", "analyst"] },
  profile: { label: "Shop profile", path: "/profile", roles: ["owner"] },
  team: { label: "Team", path: "/team", roles: ["owner"] },
  integration: { label: "Integration", path: "/integration", roles: ["owner"] },
  apiKeys: { label: "API keys", path: "/api-keys", roles: ["owner"] },
  staffOverview: { label: "Overview", path: "/overview", roles: everyStaffRole },
  reviews: { label: "Reviews", path: "/reviews", roles: ["admin", "manager"] },
  staffSales: { label: "Sales", path: "/sales", roles: everyStaffRole },
  providers: {
    label: "Providers",
    path: "/providers",
    roles: ["admin", "manager", "support", "finance"],
  },
  staffContracts: { label: "Contracts", path: "/contracts", roles: ["admin", "manager"] },
  leads: { label: "Leads", path: "/leads", roles: ["admin", "manager"] },
  vetting: { label: "Vetting", path: "/vetting", roles: ["admin", "manager"] },
  requirements: { label: "Requirements", path: "/requirements", roles: ["admin", "manager"] },
  orders: { label: "Orders", path: "/orders", roles: ["admin", "manager", "support", "finance"] },
  payments: {
    label: "Payments",
    path: "/payments",
    roles: ["admin", "manager", "support", "finance"],
  },
  failedRefunds: {
    label: "Refunds that failed",
    path: "/failed-refunds",
    roles: ["admin", "manager", "finance"],
  },
  staffPayouts: { label: "Payouts", path: "/payouts", roles: ["admin", "manager", "finance"] },
  statements: { label: "Statements", path: "/statements", roles: ["admin", "manager", "finance"] },
  disputes: {
    label: "Disputes",
    path: "/disputes",
    roles: ["admin", "manager", "finance", "support"],
  },
  commission: { label: "Commission", path: "/commission", roles: ["admin", "finance"] },
  reconciliation: { label: "Reconciliation", path: "/reconciliation", roles: ["admin", "finance"] },
  conversations: {
    label: "Conversations",
    path: "/conversations",
    roles: ["admin", "manager", "support"],
  },
  feedback: {
    label: "Feedback",
    path: "/feedback",
    roles: ["admin", "manager", "support", "marketing"],
  },
  messages: { label: "Messages", path: "/messages", roles: ["admin", "manager", "support"] },
  staffStatistics: { label: "Statistics", path: "/statistics", roles: everyStaffRole },
  jobs: { label: "Failing jobs", path: "/jobs", roles: ["admin", "manager"] },
  staffTeam: { label: "Team", path: "/team", roles: ["admin"] },
  audit: { label: "Audit", path: "/audit", roles: ["admin", "manager"] },
} as const satisfies Record<string, { label: string; path: string; roles: readonly Role[] }>;

export type Area = keyof typeof areas;

export interface NavigationItem {
  area: Area;
  label: string;
  to: string;
}

export interface NavigationGroup {
  label: string;
  items: NavigationItem[];
}

const providerGroups: [string, Area[]][] = [
  ["Selling", ["overview", "application", "sales", "offers", "assets"]],
  ["After the sale", ["parcels", "vouchers", "invoices", "conversions", "reports", "statistics"]],
  ["Settings", ["profile", "contracts", "payouts", "team", "integration", "apiKeys"]],
];
const staffGroups: [string, Area[]][] = [
  ["Sales", ["staffOverview", "reviews", "staffSales", "staffStatistics"]],
  [
    "Providers",
    [
      "providers",
      "vetting",
      "leads",
      "requirements",
      "staffContracts",
      "staffPayouts",
      "statements",
    ],
  ],
  [
    "Customers",
    ["orders", "payments", "failedRefunds", "disputes", "conversations", "feedback", "messages"],
  ],
  ["Books", ["commission", "reconciliation"]],
  ["Oversight", ["staffTeam", "audit", "jobs"]],
];

export function canOpen(workspace: Workspace, area: Area): boolean {
  return hasRole(workspace, areas[area].roles);
}

export function navigationFor(workspace: Workspace): NavigationGroup[] {
  const groups = workspace.kind === "staff" ? staffGroups : providerGroups;
  return groups
    .map(([label, members]) => ({
      label,
      items: members
        .filter((area) => canOpen(workspace, area))
        .map((area) => ({ area, label: areas[area].label, to: workspace.base + areas[area].path })),
    }))
    .filter((group) => group.items.length > 0);
}

const landingPaths: [Role, string][] = [
  ["admin", "/overview"],
  ["manager", "/reviews"],
  ["support", "/conversations"],
  ["finance", "/overview"],
  ["marketing", "/overview"],
  ["owner", "/overview"],
  ["editor", "/sales"],
  ["fulfilment", "/parcels?state=to_ship"],
  ["analyst", "/statistics"],
  ["cashier", "/vouchers"],
];

/** The first page of a workspace, chosen by the account's most senior role. */
export function landingPath(workspace: Workspace): string {
  if (
    workspace.kind === "provider" &&
    workspace.tenant.state === "invited" &&
    hasRole(workspace, ["owner"])
  ) {
    return `${workspace.base}/application`;
  }
  const found = landingPaths.find(([role]) => workspace.roles.includes(role));
  return workspace.base + (found?.[1] ?? "/overview");
}
