import type { operations } from "./schema";

type Content<R, Status extends number> = R extends { [S in Status]: { content: infer C } }
  ? C[keyof C]
  : never;
type Responses<Op extends keyof operations> = operations[Op]["responses"];
/**
 * The success response of an operation. Types are derived from operations, so schema names may
 * change.
 */
type Success<Op extends keyof operations> =
  Content<Responses<Op>, 200> | Content<Responses<Op>, 201>;
type Body<Op extends keyof operations> = operations[Op] extends {
  requestBody: { content: infer C };
}
  ? C[keyof C]
  : never;
type Item<Page> = Page extends { items: (infer T)[] } ? T : never;
type Query<Op extends keyof operations> = operations[Op] extends { parameters: { query?: infer Q } }
  ? NonNullable<Q>
  : never;

export type Me = Success<"me_get">;
export type TenantRef = NonNullable<Me["roles"][number]["tenant"]>;
/** Roles in a provider's team. */
export type MemberRole = Body<"member_invite">["role"];
/** Roles in SMP’s own team. */
export type StaffRole = Body<"staff_invite">["roles"][number];
/** Every role that can use the portal. */
export type Role = MemberRole | StaffRole;
export type Reference = Success<"reference_get">;
export type Session = Item<Success<"session_list">>;
export type SecondFactor = Success<"second_factor_get">;
export type SecondFactorOffer = Success<"second_factor_offer">;
export type AuditEntry = Item<Success<"audit_list">>;
export type ApiKey = Item<Success<"api_key_list">>;
export type ApiKeyScope = Success<"api_key_list">["scopes"][number];
export type ApiKeyCreated = Success<"api_key_create">;

export type Provider = Success<"provider_get">;
export type ProviderState = Provider["state"];
export type Application = Success<"application_get">;
export type ApplicationChange = Body<"application_save">;
export type ProviderInvitation = Body<"provider_invite">;
export type ProviderDecision = Body<"provider_decide">["decision"];
export type Requirement = Item<Success<"requirement_list">>;
export type RequirementDecision = Body<"requirement_decide">["decision"];
export type RequirementAnswer = Body<"requirement_answer">;
export type RequirementDefinition = Item<Success<"requirement_definition_list">>;
export type RequirementDefinitionInput = Body<"requirement_definition_update">;
export type VettingRemark = Item<Success<"vetting_comment_list">>;
export type VettingQueueEntry = Item<Success<"vetting_queue">>;
export type Lead = Success<"lead_get">;
export type LeadInput = Body<"lead_create">;
export type LeadState = Lead["state"];
export type Members = Success<"member_list">;
export type Member = Members["items"][number];
export type StaffMember = Item<Success<"staff_list">>;
export type StaffInvitation = Success<"staff_list">["invitations"][number];

export type ContractList = Success<"contract_list">;
export type Contract = Success<"contract_get">;
export type ContractState = NonNullable<Query<"contract_overview">["state"]>;
export type ContractTemplate = Success<"contract_template_get">;

export type PayoutAccount = Success<"payout_account_get">;
export type PayoutState = PayoutAccount["state"];
export type PayoutBalances = Success<"payout_balance_get">;
export type PayoutBalance = PayoutBalances["items"][number];
export type StatementDetail = Success<"statement_get">;
export type Statement = StatementDetail["statement"];
export type StatementState = Statement["state"];
export type StatementLine = StatementDetail["lines"][number];
export type BankAccount = NonNullable<Success<"bank_account_get">["account"]>;
export type BankFile = Item<Success<"bank_file_list">>;
export type MadeBankFile = Success<"bank_file_create">;
export type Dispute = Success<"dispute_get">;
export type DisputeEvidence = Success<"dispute_evidence_get">;
export type Invoice = Success<"invoice_get">;
export type Invoicing = Success<"invoicing_get">;

export type CommissionRule = Item<Success<"commission_rule_list">>;
export type CommissionRuleInput = Body<"commission_rule_set">;
export type LedgerDifference = Item<Success<"ledger_difference_list">>;
export type LedgerTransfer = Success<"order_ledger_get">["transfers"][number];

export type Asset = Success<"asset_get">;
export type AssetUpload = Success<"asset_create">;
export type AssetInput = Body<"asset_create">;
export type AssetState = NonNullable<Query<"asset_list">["state"]>;

export type Offer = Success<"offer_get">;
export type OfferItem = Offer["items"][number];
export type OfferInput = Body<"offer_create">;
export type OfferState = NonNullable<Query<"offer_list">["state"]>;

export type Sale = Success<"sale_get">;
export type SaleItem = Sale["items"][number];
export type SaleInput = Body<"sale_create">;
export type SaleState = NonNullable<Query<"sale_overview">["state"]>;
export type SalePhase = NonNullable<Query<"sale_overview">["phase"]>;
export type Revision = Item<Success<"revision_list">>;
export type RevisionContent = NonNullable<Review["revision"]["content"]>;
export type ReviewEntry = Item<Success<"review_list">>;
export type ReviewState = NonNullable<Query<"review_list">["state"]>;
export type Review = Success<"review_get">;
export type ReviewDecision = Body<"review_decide">["decision"];
export type Proof = Item<Success<"proof_list">>;
export type ProofFinding = Body<"proof_decide">["proofs"][number];
export type AccessPoint = Item<Success<"access_point_list">>;
export type StockItem = Success<"stock_check">["items"][number];
export type WaitlistPageEntry = Item<Success<"waitlist_list">>;
export type Rehearsal = Item<Success<"rehearsal_list">>;
export type RehearsalReport = NonNullable<Rehearsal["report"]>;
export type Placement = Body<"access_point_create">["placement"];

export type Order = Success<"staff_order_get">;
export type OrderSummary = Item<Success<"staff_order_list">>;
export type OrderState = NonNullable<Query<"staff_order_list">["state"]>;
export type OrderHistoryEntry = Item<Success<"staff_order_history_list">>;
export type FailedRefund = Item<Success<"failed_refund_list">>;
export type PaymentEntry = Item<Success<"payment_list">>;
export type PaymentState = NonNullable<Query<"payment_list">["state"]>;
export type OrderParcel = Order["parcels"][number];
export type Address = Order["shipping_address"];
export type Parcel = Success<"parcel_get">;
export type ParcelState = NonNullable<Query<"parcel_list">["state"]>;
export type Shipment = Parcel["shipments"][number];
export type ShipmentEventState = Body<"shipment_event_create">["state"];
export type RedeemableVoucher = Success<"voucher_look_up">;
export type VoucherRedemption = Item<Success<"voucher_redemption_list">>;
export type Conversion = Item<Success<"conversion_list">>;
export type Report = Item<Success<"report_list">>;
export type ReportStanding = Report["standing"];
export type ReportImport = Success<"report_import">;
export type Integration = Success<"integration_get">;
export type TestClick = Success<"test_click_create">;

export type Conversation = Success<"staff_conversation_get">;
export type ConversationState = NonNullable<Query<"staff_conversation_list">["state"]>;
export type Feedback = Item<Success<"feedback_list">>;
export type CatalogueMessage = Item<Success<"message_catalogue">>;
export type EmailPreview = NonNullable<Success<"message_preview">["email"]>;
export type SuppressedAddress = Item<Success<"suppressed_address_list">>;
export type Message = Item<Success<"message_list">>;
export type Job = Item<Success<"job_list">>;
export type JobState = Job["state"];

export type StatisticsSummary = Success<"statistics_summary">;
export type SaleFigures = StatisticsSummary["sales"][number];
export type SaleStatistics = Success<"statistics_sale">;
export type Revenue = SaleFigures["revenue"];

export interface Money {
  amount: number;
  currency: string;
}
