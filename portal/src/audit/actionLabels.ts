import { humanize } from "../format/text";

const actionLabels: Record<string, string> = {
  access_point_create: "Created an access point",
  access_point_retire: "Retired an access point",
  api_key_create: "Created an API key",
  api_key_revoke: "Revoked an API key",
  asset_complete: "Finished an upload",
  asset_create: "Started an upload",
  asset_update: "Edited an asset",
  asset_withdraw: "Deleted an asset",
  cart_origins_set: "Set the cart addresses",
  invitation_accept: "Accepted an invitation",
  invitation_resend: "Sent an invitation again",
  invitation_revoke: "Revoked an invitation",
  job_discard: "Discarded a failing job",
  job_retry: "Tried a failing job again",
  member_invite: "Invited a team member",
  member_remove: "Removed a team member",
  offer_archive: "Archived an offer",
  offer_create: "Created an offer",
  offer_update: "Edited an offer",
  owner_invite: "Invited the owner again",
  postback_purchase: "Reported a purchase",
  postback_reversal: "Reported a reversal",
  provider_apply: "Sent an application",
  provider_decide: "Decided on a provider",
  provider_invite: "Invited a provider",
  provider_update: "Edited a shop profile",
  refund_create: "Refunded an order",
  rehearsal_create: "Started a rehearsal",
  requirement_decide: "Decided on a requirement",
  review_decide: "Decided on a review",
  sale_cancel: "Cancelled a sale",
  sale_create: "Created a sale",
  sale_delete: "Deleted a sale",
  sale_duplicate: "Duplicated a sale",
  sale_feature: "Changed whether a sale is featured",
  sale_halt: "Halted a sale",
  sale_resume: "Resumed a sale",
  sale_submit: "Submitted a sale",
  sale_update: "Edited a sale",
  sale_withdraw: "Withdrew a submission",
  shipment_create: "Added a shipment",
  shipment_event_create: "Added a shipment event",
  staff_conversation_reply: "Replied to a shopper",
  staff_conversation_resolve: "Resolved a conversation",
  stock_verify: "Verified stock",
  tenants_apply: "Applied the tenant packs",
  waitlist_move: "Moved a waitlist entry",
};

/** Every action with a label, in the order of the labels. */
export const auditActions: string[] = Object.keys(actionLabels).sort((one, other) =>
  (actionLabels[one] ?? "").localeCompare(actionLabels[other] ?? ""),
);

/** "sale_create" → "Created a sale"; an action without a label is shown by its name. */
export function auditActionLabel(action: string): string {
  return actionLabels[action] ?? humanize(action);
}
