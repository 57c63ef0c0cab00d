import { createBrowserRouter, Outlet, type RouteObject } from "react-router";
import { ProviderInvitationPage, StaffInvitationPage } from "../access/InvitationPage";
import { SignInPage } from "../access/SignInPage";
import { UploadsProvider } from "../assets/UploadsProvider";
import { guarded, providerRoles, staffRoles } from "./pageRoles";
import { RouteErrorPage } from "./RouteErrorPage";
import { LandingPage, WorkspaceLanding } from "./LandingPage";
import { NotFoundPage, NotFound } from "./NotFoundPage";
import { Shell } from "./Shell";
import { ProviderTeamOnly, SignedIn, StaffOnly } from "./SignedIn";

const saleTabs: RouteObject[] = [
  {
    index: true,
    lazy: async () => ({ Component: (await import("../sales/SaleDetailsTab")).SaleDetailsTab }),
  },
  {
    path: "access-points",
    lazy: async () => ({ Component: (await import("../sales/AccessPointsTab")).AccessPointsTab }),
  },
  {
    path: "revisions",
    lazy: async () => ({ Component: (await import("../sales/RevisionsTab")).RevisionsTab }),
  },
  { path: "rush", lazy: async () => ({ Component: (await import("../rush/RushTab")).RushTab }) },
  {
    path: "statistics",
    lazy: async () => ({
      Component: (await import("../statistics/SaleStatisticsTab")).SaleStatisticsTab,
    }),
  },
];

const providerPages: RouteObject[] = [
  { index: true, Component: WorkspaceLanding },
  {
    path: "overview",
    lazy: async () => ({
      Component: (await import("../overview/ProviderOverviewPage")).ProviderOverviewPage,
    }),
  },
  {
    path: "application",
    lazy: async () => ({
      Component: (await import("../application/ApplicationPage")).ApplicationPage,
    }),
  },
  {
    path: "profile",
    lazy: async () => ({ Component: (await import("../application/ProfilePage")).ProfilePage }),
  },
  {
    path: "contracts",
    lazy: async () => ({ Component: (await import("../contracts/ContractsPage")).ContractsPage }),
  },
  {
    path: "payouts",
    lazy: async () => ({ Component: (await import("../payouts/PayoutsPage")).PayoutsPage }),
  },
  {
    path: "payouts/:statement",
    lazy: async () => ({ Component: (await import("../payouts/StatementPage")).StatementPage }),
  },
  {
    path: "contracts/:contract",
    lazy: async () => ({ Component: (await import("../contracts/ContractPage")).ContractPage }),
  },
  {
    path: "assets",
    lazy: async () => ({ Component: (await import("../assets/AssetsPage")).AssetsPage }),
  },
  {
    path: "offers",
    lazy: async () => ({ Component: (await import("../offers/OffersPage")).OffersPage }),
  },
  {
    path: "offers/new",
    lazy: async () => ({ Component: (await import("../offers/OfferPage")).NewOfferPage }),
  },
  {
    path: "offers/:offer",
    lazy: async () => ({ Component: (await import("../offers/OfferPage")).OfferPage }),
  },
  {
    path: "sales",
    lazy: async () => ({ Component: (await import("../sales/SalesPage")).SalesPage }),
  },
  {
    path: "sales/new",
    lazy: async () => ({ Component: (await import("../sales/NewSalePage")).NewSalePage }),
  },
  {
    path: "sales/:sale/revisions/:revision",
    lazy: async () => ({ Component: (await import("../reviews/ReviewPage")).OwnRevisionPage }),
  },
  {
    path: "sales/:sale",
    lazy: async () => ({ Component: (await import("../sales/SalePage")).ProviderSalePage }),
    children: saleTabs,
  },
  {
    path: "parcels",
    lazy: async () => ({ Component: (await import("../parcels/ParcelsPage")).ParcelsPage }),
  },
  {
    path: "parcels/:parcel",
    lazy: async () => ({ Component: (await import("../parcels/ParcelPage")).ParcelPage }),
  },
  {
    path: "vouchers",
    lazy: async () => ({ Component: (await import("../vouchers/VouchersPage")).VouchersPage }),
  },
  {
    path: "invoices",
    lazy: async () => ({ Component: (await import("../invoices/InvoicesPage")).InvoicesPage }),
  },
  {
    path: "invoices/settings",
    lazy: async () => ({ Component: (await import("../invoices/InvoicingPage")).InvoicingPage }),
  },
  {
    path: "invoices/:invoice",
    lazy: async () => ({ Component: (await import("../invoices/InvoicePage")).InvoicePage }),
  },
  {
    path: "conversions",
    lazy: async () => ({
      Component: (await import("../conversions/ConversionsPage")).ConversionsPage,
    }),
  },
  {
    path: "reports",
    lazy: async () => ({ Component: (await import("../conversions/ReportsPage")).ReportsPage }),
  },
  {
    path: "integration",
    lazy: async () => ({
      Component: (await import("../conversions/IntegrationPage")).IntegrationPage,
    }),
  },
  {
    path: "statistics",
    lazy: async () => ({
      Component: (await import("../statistics/ProviderStatisticsPage")).ProviderStatisticsPage,
    }),
  },
  { path: "team", lazy: async () => ({ Component: (await import("../team/TeamPage")).TeamPage }) },
  {
    path: "api-keys",
    lazy: async () => ({ Component: (await import("../team/ApiKeysPage")).ApiKeysPage }),
  },
  { path: "*", Component: NotFound },
];

const staffPages: RouteObject[] = [
  { index: true, Component: WorkspaceLanding },
  {
    path: "overview",
    lazy: async () => ({
      Component: (await import("../overview/StaffOverviewPage")).StaffOverviewPage,
    }),
  },
  {
    path: "reviews",
    lazy: async () => ({ Component: (await import("../reviews/ReviewsPage")).ReviewsPage }),
  },
  {
    path: "reviews/:tenant/:sale/:revision",
    lazy: async () => ({ Component: (await import("../reviews/ReviewPage")).StaffReviewPage }),
  },
  {
    path: "sales",
    lazy: async () => ({ Component: (await import("../sales/StaffSalesPage")).StaffSalesPage }),
  },
  {
    path: "sales/:tenant/:sale",
    lazy: async () => ({ Component: (await import("../sales/SalePage")).StaffSalePage }),
    children: saleTabs,
  },
  {
    path: "providers",
    lazy: async () => ({ Component: (await import("../providers/ProvidersPage")).ProvidersPage }),
  },
  {
    path: "providers/:tenant",
    lazy: async () => ({ Component: (await import("../providers/ProviderPage")).ProviderPage }),
  },
  {
    path: "contracts",
    lazy: async () => ({
      Component: (await import("../contracts/StaffContractsPage")).StaffContractsPage,
    }),
  },
  {
    path: "contracts/:tenant/:contract",
    lazy: async () => ({
      Component: (await import("../contracts/ContractPage")).StaffContractPage,
    }),
  },
  {
    path: "contract-templates",
    lazy: async () => ({ Component: (await import("../contracts/TemplatesPage")).TemplatesPage }),
  },
  {
    path: "contract-templates/new",
    lazy: async () => ({ Component: (await import("../contracts/TemplatePage")).NewTemplatePage }),
  },
  {
    path: "contract-templates/:template",
    lazy: async () => ({ Component: (await import("../contracts/TemplatePage")).TemplatePage }),
  },
  {
    path: "vetting",
    lazy: async () => ({ Component: (await import("../vetting/VettingPage")).VettingPage }),
  },
  {
    path: "leads",
    lazy: async () => ({ Component: (await import("../vetting/LeadsPage")).LeadsPage }),
  },
  {
    path: "leads/:lead",
    lazy: async () => ({ Component: (await import("../vetting/LeadPage")).LeadPage }),
  },
  {
    path: "requirements",
    lazy: async () => ({
      Component: (await import("../vetting/DefinitionsPage")).DefinitionsPage,
    }),
  },
  {
    path: "orders",
    lazy: async () => ({ Component: (await import("../orders/OrdersPage")).OrdersPage }),
  },
  {
    path: "orders/:number",
    lazy: async () => ({ Component: (await import("../orders/OrderPage")).OrderPage }),
  },
  {
    path: "payments",
    lazy: async () => ({ Component: (await import("../payments/PaymentsPage")).PaymentsPage }),
  },
  {
    path: "failed-refunds",
    lazy: async () => ({
      Component: (await import("../payments/FailedRefundsPage")).FailedRefundsPage,
    }),
  },
  {
    path: "payouts",
    lazy: async () => ({
      Component: (await import("../payouts/StaffPayoutsPage")).StaffPayoutsPage,
    }),
  },
  {
    path: "statements",
    lazy: async () => ({ Component: (await import("../payouts/StatementsPage")).StatementsPage }),
  },
  {
    path: "statements/:tenant/:statement",
    lazy: async () => ({
      Component: (await import("../payouts/StatementPage")).StaffStatementPage,
    }),
  },
  {
    path: "disputes",
    lazy: async () => ({ Component: (await import("../payouts/DisputesPage")).DisputesPage }),
  },
  {
    path: "disputes/:dispute",
    lazy: async () => ({ Component: (await import("../payouts/DisputePage")).DisputePage }),
  },
  {
    path: "commission",
    lazy: async () => ({ Component: (await import("../ledger/CommissionPage")).CommissionPage }),
  },
  {
    path: "reconciliation",
    lazy: async () => ({
      Component: (await import("../ledger/ReconciliationPage")).ReconciliationPage,
    }),
  },
  {
    path: "conversations",
    lazy: async () => ({
      Component: (await import("../care/ConversationsPage")).ConversationsPage,
    }),
  },
  {
    path: "conversations/:conversation",
    lazy: async () => ({ Component: (await import("../care/ConversationPage")).ConversationPage }),
  },
  {
    path: "feedback",
    lazy: async () => ({ Component: (await import("../care/FeedbackPage")).FeedbackPage }),
  },
  {
    path: "jobs",
    lazy: async () => ({ Component: (await import("../jobs/JobsPage")).JobsPage }),
  },
  {
    path: "messages",
    lazy: async () => ({ Component: (await import("../messages/MessagesPage")).MessagesPage }),
  },
  {
    path: "messages/catalogue",
    lazy: async () => ({
      Component: (await import("../messages/MessageCataloguePage")).MessageCataloguePage,
    }),
  },
  {
    path: "messages/suppressed",
    lazy: async () => ({
      Component: (await import("../messages/SuppressedAddressesPage")).SuppressedAddressesPage,
    }),
  },
  {
    path: "statistics",
    lazy: async () => ({
      Component: (await import("../statistics/StaffStatisticsPage")).StaffStatisticsPage,
    }),
  },
  {
    path: "team",
    lazy: async () => ({
      Component: (await import("../team/StaffTeamPage")).StaffTeamPage,
    }),
  },
  {
    path: "audit",
    lazy: async () => ({ Component: (await import("../audit/AuditPage")).AuditPage }),
  },
  { path: "*", Component: NotFound },
];

export const basename = "/portal";

export const routes: RouteObject[] = [
  {
    ErrorBoundary: RouteErrorPage,
    HydrateFallback: () => null,
    children: [
      { path: "/sign-in", Component: SignInPage },
      { path: "/invitations/:token", Component: ProviderInvitationPage },
      { path: "/staff-invitations/:token", Component: StaffInvitationPage },
      {
        Component: SignedIn,
        children: [
          { index: true, Component: LandingPage },
          {
            path: "/account",
            Component: Shell,
            children: [
              {
                path: "sessions",
                lazy: async () => ({
                  Component: (await import("../account/SessionsPage")).SessionsPage,
                }),
              },
              {
                path: "security",
                lazy: async () => ({
                  Component: (await import("../account/SecurityPage")).SecurityPage,
                }),
              },
            ],
          },
          {
            path: "/smp",
            Component: StaffOnly,
            children: [{ Component: Shell, children: guarded(staffPages, staffRoles) }],
          },
          {
            path: "/p/:provider",
            Component: ProviderTeamOnly,
            children: [
              {
                element: (
                  <UploadsProvider>
                    <Outlet />
                  </UploadsProvider>
                ),
                children: [{ Component: Shell, children: guarded(providerPages, providerRoles) }],
              },
            ],
          },
          { path: "*", Component: NotFoundPage },
        ],
      },
    ],
  },
];

export const router = createBrowserRouter(routes, { basename });
