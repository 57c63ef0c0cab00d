import type { operations } from "./schema";

type Content<R, Status extends number> = R extends { [S in Status]: { content: infer C } }
  ? C[keyof C]
  : never;
type Responses<Op extends keyof operations> = operations[Op]["responses"];
/** What an operation answers when it succeeds; taken by operation, so that schema names may change freely. */
type Answer<Op extends keyof operations> =
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

export type Me = Answer<"me_get">;
export type TenantRef = NonNullable<Me["roles"][number]["tenant"]>;
/** Roles on a provider's team. */
export type MemberRole = Body<"member_invite">["role"];
/** Every role the portal has work for. */
export type Role = MemberRole | "admin" | "manager" | "marketing" | "support" | "finance";
export type Session = Item<Answer<"session_list">>;
export type AuditEntry = Item<Answer<"audit_list">>;
export type ApiKey = Item<Answer<"api_key_list">>;
export type ApiKeyCreated = Answer<"api_key_create">;

export type Provider = Answer<"provider_get">;
export type ProviderState = Provider["state"];
export type ProviderApplication = Body<"provider_apply">;
export type ProviderInvitation = Body<"provider_invite">;
export type ProviderDecision = Body<"provider_decide">["decision"];
export type Requirement = Item<Answer<"requirement_list">>;
export type RequirementDecision = Body<"requirement_decide">["decision"];
export type Members = Answer<"member_list">;
export type Member = Members["items"][number];

export type Asset = Answer<"asset_get">;
export type AssetUpload = Answer<"asset_create">;
export type AssetInput = Body<"asset_create">;
export type AssetState = NonNullable<Query<"asset_list">["state"]>;

export type Offer = Answer<"offer_get">;
export type OfferItem = Offer["items"][number];
export type OfferInput = Body<"offer_create">;
export type OfferState = NonNullable<Query<"offer_list">["state"]>;

export type Sale = Answer<"sale_get">;
export type SaleItem = Sale["items"][number];
export type SaleInput = Body<"sale_create">;
export type SaleState = NonNullable<Query<"sale_overview">["state"]>;
export type SalePhase = NonNullable<Query<"sale_overview">["phase"]>;
export type Revision = Item<Answer<"revision_list">>;
export type RevisionContent = NonNullable<Review["revision"]["content"]>;
export type ReviewEntry = Item<Answer<"review_list">>;
export type ReviewState = NonNullable<Query<"review_list">["state"]>;
export type Review = Answer<"review_get">;
export type ReviewDecision = Body<"review_decide">["decision"];
export type AccessPoint = Item<Answer<"access_point_list">>;
export type StockItem = Answer<"stock_check">["items"][number];
export type WaitlistEntry = Item<Answer<"waitlist_line">>;
export type Rehearsal = Item<Answer<"rehearsal_list">>;
export type RehearsalReport = NonNullable<Rehearsal["report"]>;
export type Placement = Body<"access_point_create">["placement"];

export type Order = Answer<"staff_order_get">;
export type OrderSummary = Item<Answer<"staff_order_list">>;
export type OrderState = NonNullable<Query<"staff_order_list">["state"]>;
export type OrderParcel = Order["parcels"][number];
export type Address = Order["shipping_address"];
export type Parcel = Answer<"parcel_get">;
export type ParcelState = NonNullable<Query<"parcel_list">["state"]>;
export type Shipment = Parcel["shipments"][number];
export type ShipmentEventState = Body<"shipment_event_create">["state"];
export type Conversion = Item<Answer<"conversion_list">>;

export type Conversation = Answer<"staff_conversation_get">;
export type ConversationState = NonNullable<Query<"staff_conversation_list">["state"]>;
export type Feedback = Item<Answer<"feedback_list">>;
export type Message = Item<Answer<"message_list">>;

export type StatisticsSummary = Answer<"statistics_summary">;
export type SaleFigures = StatisticsSummary["sales"][number];
export type SaleStatistics = Answer<"statistics_sale">;

export interface Money {
  amount: number;
  currency: string;
}
